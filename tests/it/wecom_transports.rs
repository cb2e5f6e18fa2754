//! The client against the sandbox: the same scenarios in process and over a socket.

use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::post::{Attachments, Audience, Link};
use drumbeat::sandbox::{AnswerFault, ExternalMoment, SandboxConfig};
use drumbeat::wecom::{Call, Error, Job, Next, Outcome, PostMatch};

use crate::support::client_harness::{
    ClientHarness, TransportKind, jpeg, monday_nine, mp4, on_both_transports, on_both_transports_with, png, text_post,
    to,
};

#[tokio::test]
async fn a_post_with_images_goes_all_the_way() {
    on_both_transports(async |harness| {
        let images: Vec<_> = (1..=9).map(|n| png(100 + n, 80)).collect();
        let mut media_ids = Vec::new();
        for image in &images {
            media_ids.push(harness.upload(image).await);
        }
        let mut post = text_post("春季新品上架，前三天九折。\n门店与小程序同享 🌸");
        post.attachments = Attachments::Images(images.iter().map(|image| image.media()).collect());
        post.audience = to(&["zhangshan", "guodong"], &[6], &["etCFVip00000001", "etGone"]);

        let job = harness.wecom.create(&post, &media_ids).await.expect("a job").0;
        assert_eq!(harness.wecom.result(&job).await, Ok(Job::Started));
        harness.pass(3);
        assert_eq!(harness.wecom.result(&job).await, Ok(Job::Running));
        harness.pass(3);
        let Ok(Job::Done(outcome)) = harness.wecom.result(&job).await else { panic!("not done") };
        assert_eq!(outcome.errcode, 0);
        assert_eq!(outcome.invalid_users, ["guodong"]);
        assert_eq!(outcome.invalid_departments, [6]);
        assert_eq!(outcome.invalid_tags, ["etGone"]);

        let ledger = harness.sandbox().ledger().to_vec();
        assert_eq!(ledger.len(), 1);
        assert_eq!((&ledger[0].jobid, &ledger[0].moment_id), (&job, &outcome.moment_id));
        assert_eq!(ledger[0].text, post.text.clone().expect("a text"));
        assert_eq!(ledger[0].media, images.iter().map(|image| image.sha256()).collect::<Vec<_>>());
        assert_eq!(ledger[0].audience, post.audience);
        assert_eq!(ledger[0].members, ["zhangshan"]);

        harness.pass(10);
        let now = harness.clock.now();
        let moments = harness.wecom.moments(now - Duration::from_secs(60), now, |_| true).await.expect("a list");
        assert_eq!(moments.len(), 1);
        assert_eq!(Some(&moments[0].moment_id), outcome.moment_id.as_ref());
        assert!(moments[0].likeness(&post) == PostMatch::Exact);
    })
    .await;
}

#[tokio::test]
async fn a_video_and_a_link_arrive_as_such() {
    on_both_transports(async |harness| {
        let (film, cover) = (mp4(Duration::from_secs(8)), jpeg(300, 300));
        let mut video = text_post("");
        video.text = None;
        video.attachments = Attachments::Video(Box::new(film.media()));
        let ids = [harness.upload(&film).await];
        harness.wecom.create(&video, &ids).await.expect("a job");

        let mut link = text_post("看这里");
        let (title, url) = (Some("春季新品".to_owned()), "https://example.com/s?a=1&b=2".to_owned());
        link.attachments = Attachments::Link(Box::new(Link { title, url, cover: cover.media() }));
        let ids = [harness.upload(&cover).await];
        harness.wecom.create(&link, &ids).await.expect("a job");

        harness.pass(60);
        let now = harness.clock.now();
        let moments = harness.wecom.moments(now - Duration::from_secs(120), now, |_| true).await.expect("a list");
        assert_eq!(moments.iter().filter(|moment| moment.likeness(&video) == PostMatch::Exact).count(), 1);
        assert_eq!(moments.iter().filter(|moment| moment.likeness(&link) == PostMatch::Exact).count(), 1);
        assert_eq!(
            harness.sandbox().ledger()[1].link,
            Some(("春季新品".to_owned(), "https://example.com/s?a=1&b=2".to_owned()))
        );
    })
    .await;
}

#[tokio::test]
async fn both_transports_create_the_same_moments() {
    let mut ledgers = Vec::new();
    for transport in [TransportKind::InProcess, TransportKind::Socket] {
        let harness = ClientHarness::on(transport).await;
        let image = png(64, 48);
        let mut post = text_post("“引号”、\\反斜杠、🌸\n\t第二行");
        post.attachments = Attachments::Images(vec![image.media(), image.media()]);
        let id = harness.upload(&image).await;
        harness.wecom.create(&post, &[id.clone(), id]).await.expect("a job");
        post.audience = Audience::Everyone;
        post.attachments = Attachments::None;
        harness.wecom.create(&post, &[]).await.expect("a job");
        let mut ledger = harness.sandbox().ledger().to_vec();
        // The two transports did not run in the same millisecond.
        ledger.iter_mut().for_each(|entry| entry.at = monday_nine());
        ledgers.push(ledger);
    }
    assert_eq!(ledgers[0].len(), 2);
    assert_eq!(ledgers[0], ledgers[1]);
}

#[tokio::test]
async fn list_walk_skips_member_moments() {
    let quick = SandboxConfig { creates_per_minute: 1000, jobs_in_flight: 1000, ..SandboxConfig::default() };
    on_both_transports_with(quick, async |harness| {
        for n in 0..45 {
            harness.wecom.create(&text_post(&format!("第{n}条")), &[]).await.expect("a job");
        }
        let own = |id: &str, creator: Option<&str>| ExternalMoment {
            moment_id: id.to_owned(),
            created: monday_nine(),
            creator: creator.map(str::to_owned),
            public: true,
            text: "第3条".to_owned(),
            images: 0,
        };
        harness.sandbox().add_external(own("mom-member", Some("lisi")));
        harness.sandbox().add_external(own("mom-console", None));
        harness.pass(60);
        let (from, to) = (monday_nine(), harness.clock.now());
        let moments = harness.wecom.moments(from, to, |_| true).await.expect("a list");
        assert_eq!(moments.len(), 46);
        assert!(moments.is_sorted_by_key(|moment| moment.created));
        let alike = moments.iter().filter(|moment| moment.likeness(&text_post("第3条")) == PostMatch::Exact).count();
        assert_eq!(alike, 2, "ours, and a look-alike of the console that nothing tells apart");
        assert_eq!(harness.sandbox().calls("/cgi-bin/externalcontact/get_moment_list"), 3);
    })
    .await;
}

#[tokio::test]
async fn both_ends_of_the_interval_are_included() {
    on_both_transports(async |harness| {
        harness.wecom.create(&text_post("你好"), &[]).await.expect("a job");
        harness.pass(60);
        let day = TimeDelta::days(1);
        let all = harness.wecom.moments(monday_nine() - day, monday_nine() + day, |_| true).await.expect("a list");
        let born = all[0].created;
        assert_eq!(harness.wecom.moments(born, born, |_| true).await, Ok(all.clone()));
        assert_eq!(harness.wecom.moments(born, born, |_| false).await, Ok(vec![]), "none is wanted");
        let second = TimeDelta::seconds(1);
        assert_eq!(harness.wecom.moments(born - day, born - second, |_| true).await, Ok(vec![]));
        assert_eq!(harness.wecom.moments(born + second, born + day, |_| true).await, Ok(vec![]));
        assert_eq!(harness.wecom.moments(born - day * 100, born + day * 100, |_| true).await, Ok(all));
    })
    .await;
}

#[tokio::test]
async fn who_has_posted_and_stopping_the_rest() {
    on_both_transports(async |harness| {
        let mut post = text_post("大家好");
        post.audience = Audience::Everyone;
        let job = harness.wecom.create(&post, &[]).await.expect("a job").0;
        harness.pass(6);
        let Ok(Job::Done(Outcome { moment_id: Some(moment), .. })) = harness.wecom.result(&job).await else {
            panic!("not done")
        };
        let early = harness.wecom.task(&moment).await.expect_err("still being sent");
        assert_eq!((early.errcode(), early.next()), (Some(41079), Next::TryAgain { after: Duration::from_secs(30) }));
        harness.pass(20 * 3600);
        let members = harness.wecom.task(&moment).await.expect("members");
        assert_eq!(members.len(), 12);
        assert!(members.iter().any(|member| member.posted) && members.iter().any(|member| !member.posted));
        harness.wecom.cancel(&moment).await.expect("cancelled");
        harness.pass(40 * 3600);
        assert_eq!(harness.wecom.task(&moment).await, Ok(members));
        assert_eq!(harness.wecom.cancel("mom-of-nobody").await.expect_err("no such").next(), Next::GiveUp);
    })
    .await;
}

#[tokio::test]
async fn the_directory() {
    on_both_transports(async |harness| {
        let users = harness.wecom.follow_users().await.expect("members");
        assert!(users.contains(&"zhangshan".to_owned()) && !users.contains(&"guodong".to_owned()));
        let departments = crate::support::client_harness::departments(&harness.wecom).await;
        let seen: Vec<_> = departments.iter().map(|one| (one.id, one.name.as_str(), one.parent)).collect();
        assert_eq!(
            seen,
            [
                (1, "春风百货", None),
                (2, "华东门店", Some(1)),
                (3, "华南门店", Some(1)),
                (4, "会员中心", Some(1)),
                (5, "母婴馆", Some(2))
            ]
        );
        let groups = harness.wecom.tags().await.expect("tags");
        let vip = groups.iter().flat_map(|group| &group.tags).find(|tag| tag.name == "VIP客户").expect("a tag");
        assert_eq!(vip.id, "etCFVip00000001");
    })
    .await;
}

#[tokio::test]
async fn refusals_map_to_next_actions() {
    on_both_transports(async |harness| {
        let image = png(10, 10);
        let mut post = text_post("你好");
        post.attachments = Attachments::Images(vec![image.media()]);
        let id = harness.upload(&image).await;
        harness.pass(3 * 24 * 3600);
        let dead = harness.wecom.create(&post, &[id]).await.expect_err("a dead media id");
        assert_eq!((dead.errcode(), dead.next()), (Some(40007), Next::UploadAgain));

        let large = png(1081, 1081);
        let refused =
            harness.wecom.upload(large.kind, large.sha256(), large.bytes.clone()).await.expect_err("too large");
        assert_eq!((refused.errcode(), refused.next()), (Some(41081), Next::GiveUp));

        for _ in 0..10 {
            harness.wecom.create(&text_post("你好"), &[]).await.expect("a job");
        }
        let busy = harness.wecom.create(&text_post("你好"), &[]).await.expect_err("the eleventh");
        assert_eq!((busy.errcode(), busy.next()), (Some(45009), Next::TryAgain { after: Duration::from_secs(60) }));
        harness.pass(60);
        harness.wecom.create(&text_post("你好"), &[]).await.expect("a job");
        assert_eq!(harness.sandbox().ledger().len(), 11);
    })
    .await;
}

#[tokio::test]
async fn impossible_post_is_refused_inside_job() {
    on_both_transports(async |harness| {
        let mut post = text_post("你好");
        post.audience = to(&["guodong"], &[6], &[]);
        let job = harness.wecom.create(&post, &[]).await.expect("a job").0;
        harness.pass(6);
        let Ok(Job::Done(outcome)) = harness.wecom.result(&job).await else { panic!("not done") };
        assert_eq!((outcome.errcode, outcome.moment_id), (81013, None));
        assert_eq!((outcome.invalid_users, outcome.invalid_departments), (vec!["guodong".to_owned()], vec![6]));
    })
    .await;
}

#[tokio::test]
async fn a_token_proves_no_right_to_call() {
    let untrusted = SandboxConfig { refuses_with: Some(60020), ..SandboxConfig::default() };
    on_both_transports_with(untrusted, async |harness| {
        assert_eq!(harness.wecom.token().await, Ok(()));
        let error = harness.wecom.follow_users().await.expect_err("not trusted");
        assert_eq!((error.errcode(), error.next()), (Some(60020), Next::AskAPerson));
        assert!(error.to_string().contains("from ip: 127.0.0.1"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn login_page_leaves_a_creation_in_doubt() {
    let behaviour = SandboxConfig { answer_faults: vec![AnswerFault::LoginPage], ..SandboxConfig::default() };
    on_both_transports_with(behaviour, async |harness| {
        let error = harness.wecom.token().await.expect_err("no token");
        assert_eq!(error, Error::NotWecom { call: Call::Token, status: 200 });
        assert!(
            matches!(error.next(), Next::TryAgain { .. })
                && error.help().get(drumbeat::text::Lang::En).contains("login page"),
            "{error}"
        );
        assert_eq!(Error::NotWecom { call: Call::Create, status: 302 }.next(), Next::InDoubt);
    })
    .await;
}
