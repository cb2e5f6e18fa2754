//! The client against the sandbox: the same scenarios in process and over a socket.

use std::time::Duration;

use drumbeat::post::Attachments;
use drumbeat::wecom::Job;

use crate::wecom_stage::{jpeg, mp4, on_both_roads, png, text_post, to};

#[tokio::test]
async fn a_post_with_images_goes_all_the_way() {
    on_both_roads(async |stage| {
        let images: Vec<_> = (1..=9).map(|n| png(100 + n, 80)).collect();
        let mut media_ids = Vec::new();
        for image in &images {
            media_ids.push(stage.upload(image).await);
        }
        let mut post = text_post("春季新品上架，前三天九折。\n门店与小程序同享 🌸");
        post.attachments = Attachments::Images(images.iter().map(|image| image.media()).collect());
        post.audience = to(&["zhangshan", "guodong"], &[6], &["etCFVip00000001", "etGone"]);

        let job = stage.wecom.create(&post, &media_ids).await.expect("a job").0;
        assert_eq!(stage.wecom.result(&job).await, Ok(Job::Started));
        stage.pass(3);
        assert_eq!(stage.wecom.result(&job).await, Ok(Job::Running));
        stage.pass(3);
        let Ok(Job::Done(outcome)) = stage.wecom.result(&job).await else { panic!("not done") };
        assert_eq!(outcome.errcode, 0);
        assert_eq!(outcome.invalid_users, ["guodong"]);
        assert_eq!(outcome.invalid_departments, [6]);
        assert_eq!(outcome.invalid_tags, ["etGone"]);

        let ledger = stage.sandbox().ledger().to_vec();
        assert_eq!(ledger.len(), 1);
        assert_eq!((&ledger[0].jobid, &ledger[0].moment_id), (&job, &outcome.moment_id));
        assert_eq!(ledger[0].text, post.text.clone().expect("a text"));
        assert_eq!(ledger[0].media, images.iter().map(|image| image.sha256()).collect::<Vec<_>>());
        assert_eq!(ledger[0].audience, post.audience);
        assert_eq!(ledger[0].members, ["zhangshan"]);

        stage.pass(10);
        let now = stage.clock.now();
        let moments = stage.wecom.moments(now - Duration::from_secs(60), now).await.expect("a list");
        assert_eq!(moments.len(), 1);
        assert_eq!(Some(&moments[0].moment_id), outcome.moment_id.as_ref());
        assert!(moments[0].could_be(&post));
    })
    .await;
}

#[tokio::test]
async fn a_video_and_a_link_arrive_as_such() {
    on_both_roads(async |stage| {
        let (film, cover) = (mp4(Duration::from_secs(8)), jpeg(300, 300));
        let mut video = text_post("");
        video.text = None;
        video.attachments = Attachments::Video(film.media());
        let ids = [stage.upload(&film).await];
        stage.wecom.create(&video, &ids).await.expect("a job");

        let mut link = text_post("看这里");
        let (title, url) = (Some("春季新品".to_owned()), "https://example.com/s?a=1&b=2".to_owned());
        link.attachments = Attachments::Link { title, url, cover: cover.media() };
        let ids = [stage.upload(&cover).await];
        stage.wecom.create(&link, &ids).await.expect("a job");

        stage.pass(60);
        let now = stage.clock.now();
        let moments = stage.wecom.moments(now - Duration::from_secs(120), now).await.expect("a list");
        assert_eq!(moments.iter().filter(|moment| moment.could_be(&video)).count(), 1);
        assert_eq!(moments.iter().filter(|moment| moment.could_be(&link)).count(), 1);
        assert_eq!(
            stage.sandbox().ledger()[1].link,
            Some(("春季新品".to_owned(), "https://example.com/s?a=1&b=2".to_owned()))
        );
    })
    .await;
}
