//! Compares requests to WeCom with the examples of page 96351 (`cases/wecom`).

use std::sync::{Arc, Mutex};

use drumbeat::clock::Clock;
use drumbeat::ids::CorpId;
use drumbeat::post::{Attachments, Audience, Link, Media, Post};
use drumbeat::secret::Secret;
use drumbeat::wecom::{Body, Call, Error, Method, Next, Request, Response, Transport, WeCom};
use serde_json::Value;

use crate::support::client_harness::{jpeg, mp4, png, text_post, to};

/// A WeCom that accepts everything, and the list of received requests.
fn recorder() -> (WeCom, Arc<Mutex<Vec<Request>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    let transport = Transport::InProcess(Arc::new(move |request: Request| {
        requests.lock().expect("no panic").push(request);
        let body = br#"{"errcode":0,"errmsg":"ok","access_token":"TOKEN","jobid":"JOB","media_id":"MEDIA_ID"}"#;
        Box::pin(std::future::ready(Ok(Response::new(200, body.to_vec()))))
    }));
    let wecom = WeCom::new(CorpId("CORP".to_owned()), Secret::new("SECRET"), transport, Clock::System);
    (wecom, seen)
}

/// The page's texts, with this content and audience.
fn page_post(attachments: Attachments, audience: Audience) -> Post {
    Post { text: Some("文本消息内容".to_owned()), attachments, audience }
}

fn page_audience() -> Audience {
    to(&["zhangshan", "lisi"], &[2, 3], &["etXXXXXXXXXX", "etYYYYYYYYYY"])
}

async fn created(post: &Post) -> Vec<u8> {
    let (wecom, seen) = recorder();
    let ids: Vec<String> = post.media().iter().map(|_| "MEDIA_ID".to_owned()).collect();
    wecom.create(post, &ids).await.expect("a job");
    let request = seen.lock().expect("no panic").last().cloned().expect("a request");
    assert_eq!((request.method, request.path.as_ref()), (Method::Post, Request::CREATE));
    assert_eq!(request.query("access_token"), Some("TOKEN"));
    assert_eq!(request.query.len(), 1);
    let Body::Json(body) = request.body else { panic!("no JSON") };
    body
}

#[track_caller]
fn equals_the_page(body: &[u8], page: &str) {
    let seen: Value = serde_json::from_slice(body).expect("JSON");
    let page: Value = serde_json::from_str(page).expect("JSON");
    assert_eq!(seen, page);
}

#[tokio::test]
async fn an_image_as_on_the_page() {
    let post = page_post(Attachments::Images(vec![png(9, 9).media()]), page_audience());
    equals_the_page(&created(&post).await, include_str!("../cases/wecom/image.json"));
}

#[tokio::test]
async fn a_video_as_on_the_page() {
    let film = mp4(std::time::Duration::from_secs(3));
    let post = page_post(Attachments::Video(Box::new(film.media())), page_audience());
    equals_the_page(&created(&post).await, include_str!("../cases/wecom/video.json"));
}

#[tokio::test]
async fn a_link_as_on_the_page() {
    let (title, url) = (Some("消息标题".to_owned()), "https://example.link.com/path".to_owned());
    let post = page_post(
        Attachments::Link(Box::new(Link { title, url, cover: Media::Id("MEDIA_ID".to_owned()) })),
        page_audience(),
    );
    equals_the_page(&created(&post).await, include_str!("../cases/wecom/link.json"));
}

#[tokio::test]
async fn the_four_cases_of_visible_range() {
    let (users, tags) = (&["zhangshan", "lisi"][..], &["etXXXXXXXXXX", "etYYYYYYYYYY"][..]);
    for (audience, page) in [
        (to(users, &[2, 3], &[]), include_str!("../cases/wecom/senders_only.json")),
        (to(&[], &[], tags), include_str!("../cases/wecom/tags_only.json")),
        (to(users, &[2, 3], tags), include_str!("../cases/wecom/senders_and_tags.json")),
        (Audience::Everyone, include_str!("../cases/wecom/everyone.json")),
    ] {
        equals_the_page(&created(&page_post(Attachments::None, audience)).await, page);
    }
}

#[tokio::test]
async fn nothing_empty_is_sent() {
    let mut post = text_post("");
    post.attachments =
        Attachments::Link(Box::new(Link { title: None, url: "https://a.cn".to_owned(), cover: png(1, 1).media() }));
    post.audience = to(&[], &[7], &[]);
    let page = r#"{"attachments": [{"msgtype": "link", "link": {"url": "https://a.cn", "media_id": "MEDIA_ID"}}],
        "visible_range": {"sender_list": {"department_list": [7]}}}"#;
    equals_the_page(&created(&post).await, page);
}

#[tokio::test]
async fn text_is_sent_verbatim_and_large_ids_work() {
    let mut post = text_post("“春”新品🌸\t引号\"与\\反斜杠\n第二行");
    post.audience = to(&[], &[4_294_967_296], &[]);
    let body = String::from_utf8(created(&post).await).expect("UTF-8");
    assert_eq!(
        body,
        "{\"text\":{\"content\":\"“春”新品🌸\\t引号\\\"与\\\\反斜杠\\n第二行\"},\
         \"visible_range\":{\"sender_list\":{\"department_list\":[4294967296]}}}"
    );
}

#[tokio::test]
async fn invalid_requests_are_not_sent() {
    let (wecom, seen) = recorder();
    let mut empty = text_post("你好");
    empty.audience = to(&[], &[], &[]);
    let mut images = text_post("你好");
    images.attachments = Attachments::Images(vec![png(1, 1).media()]);
    let id = |text: &str| vec![text.to_owned()];
    for (post, ids) in [
        (empty, vec![]),
        (text_post(""), vec![]),
        (images.clone(), vec![]),
        (images, id("")),
        (text_post("a"), id("x")),
    ] {
        let error = wecom.create(&post, &ids).await.expect_err("nothing to send");
        assert!(matches!(error, Error::Unfit { call: Call::Create, .. }), "{error}");
        assert_eq!(error.next(), Next::GiveUp);
    }
    assert!(seen.lock().expect("no panic").is_empty(), "not even a token was fetched");
}

#[tokio::test]
async fn uploads_have_purpose_and_ascii_name() {
    for (file, media_type, extension) in [
        (jpeg(5, 5), "image", "jpg"),
        (png(5, 5), "image", "png"),
        (mp4(std::time::Duration::from_secs(1)), "video", "mp4"),
    ] {
        let (wecom, seen) = recorder();
        wecom.upload(file.kind, file.sha256(), file.bytes.clone()).await.expect("an id");
        let request = seen.lock().expect("no panic").last().cloned().expect("a request");
        assert_eq!(request.path, "/cgi-bin/media/upload_attachment");
        assert_eq!(request.query("attachment_type"), Some("1"));
        assert_eq!(request.query("media_type"), Some(media_type));
        let Body::Multipart(part) = request.body else { panic!("no upload") };
        assert_eq!((part.name.as_str(), part.file_name), ("media", format!("{}.{extension}", file.sha256())));
        assert_eq!(part.bytes, file.bytes);
    }
}
