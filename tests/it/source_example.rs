//! The example book of the repository is complete: files have their intended content, and images are valid.

use std::path::Path;

use chrono::{TimeDelta, TimeZone, Utc};
use drumbeat::book::{Book, Corp};
use drumbeat::campaign::Campaign;
use drumbeat::finding::Level;
use drumbeat::load::load;
use drumbeat::media_index::{MediaEntry, MediaFormat};
use drumbeat::post::Attachments;
use drumbeat::source::Source;

fn example() -> drumbeat::load::CheckedBook {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns");
    load(&Source::directory(&top).expect("the example book is there"), &Corp::default()).expect("it can be read")
}

#[test]
fn it_has_no_error() {
    let loaded = example();
    assert_eq!(loaded.result.count(Level::Error), 0, "{:#?}", loaded.result.findings);
    assert_eq!(loaded.book.skipped, []);
    assert_eq!(loaded.result.campaigns.len(), loaded.book.campaigns.len());
    assert!(loaded.book.campaigns.len() >= 12);
}

#[test]
fn media_match_their_names_and_are_small() {
    let loaded = example();
    let mut total = 0;
    for (path, item) in loaded.media.iter() {
        let MediaEntry::File { bytes, format, .. } = item else { panic!("{path}: {item:?}") };
        let as_named = match path.rsplit('.').next() {
            Some("jpg") => matches!(format, MediaFormat::Jpeg { .. }),
            Some("png") => matches!(format, MediaFormat::Png { .. }),
            _ => matches!(format, MediaFormat::Mp4 { has_video: true, fragmented: false, .. }),
        };
        assert!(as_named, "{path} is {format:?}");
        total += bytes;
    }
    assert!(total <= 1024 * 1024, "{total} bytes");
}

#[test]
fn it_has_every_kind_of_content_and_audience() {
    let Book { campaigns, .. } = example().book;
    let contents = || campaigns.iter().flat_map(|parsed| &parsed.contents);
    let images = |n| contents().any(|content| content.images.as_ref().is_some_and(|images| images.len() == n));
    assert!(contents().any(|content| content.media().next().is_none()), "text only");
    assert!(images(1) && images(9));
    assert!(contents().any(|content| content.video.is_some()));
    assert!(contents().any(|content| content.link.is_some()));

    let ranges = || campaigns.iter().filter_map(|parsed| parsed.visible_range.as_deref());
    let lists = |senders, tags| {
        ranges().any(|it| it.sender_list.is_some() == senders && it.external_contact_list.is_some() == tags)
    };
    assert!(lists(true, false) && lists(false, true) && lists(true, true));
    assert!(ranges().any(|it| it.all.is_some()) && ranges().any(|it| it.audience.is_some()));
}

#[test]
fn every_week_shows_each_attachment_kind() {
    let campaigns = example().result.campaigns;
    let start = Utc.with_ymd_and_hms(2026, 11, 22, 16, 0, 0).single().expect("a midnight in Shanghai");
    for day in 0..1000 {
        let (from, to) = (start + TimeDelta::days(day), start + TimeDelta::days(day + 7));
        let due = |campaign: &Campaign| {
            campaign.timing.schedule.expand().between(from, to).map(|it| it.at).collect::<Vec<_>>()
        };
        let mut times: Vec<_> = campaigns.iter().flat_map(|campaign| due(campaign)).collect();
        assert!(times.len() >= 8, "{} occurrences from {from}", times.len());

        let shown = || {
            campaigns
                .iter()
                .filter(|campaign| !due(campaign).is_empty())
                .map(|campaign| campaign.contents.first().post())
        };
        let images = |n| shown().any(|post| matches!(&post.attachments, Attachments::Images(them) if them.len() == n));
        assert!(images(1) && images(9), "from {from}");
        assert!(shown().any(|post| post.attachments == Attachments::None), "from {from}");
        assert!(shown().any(|post| matches!(post.attachments, Attachments::Video(_))), "from {from}");
        assert!(shown().any(|post| matches!(post.attachments, Attachments::Link(_))), "from {from}");

        times.sort();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "two at once from {from}");
    }
}
