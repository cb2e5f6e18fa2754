//! Slow or briefly missing media delay nothing else and lose nothing.

use chrono::TimeDelta;
use drumbeat::run::State;

use crate::support::engine_harness::{EngineHarness, in_virtual_time, nine};

#[test]
fn a_text_never_waits_for_slow_uploads() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        for n in 0..9 {
            engine.picture(&format!("slow{n}.jpg"));
            engine.write(&format!("picture{n}"), &format!("images = [\"slow{n}.jpg\"]"), 0, "");
        }
        engine.write("words", "", 5, "");
        engine.live_through(nine() + TimeDelta::minutes(1)).await.expect("it lives");
        assert_eq!(engine.made_after("words"), 5);
        // Eight files are uploaded in parallel; the ninth starts when the first is done.
        assert_eq!(engine.made_after("picture0"), 40);
        assert_eq!(engine.made_after("picture8"), 80);
    });
}

#[test]
fn an_uploaded_picture_never_waits_for_slow_uploads() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.picture("quick.jpg");
        engine.write("first", "images = [\"quick.jpg\"]", 0, "");
        engine.live_through(nine()).await.expect("it lives");
        for n in 0..8 {
            engine.picture(&format!("slow{n}.jpg"));
            engine.write(&format!("picture{n}"), &format!("images = [\"slow{n}.jpg\"]"), 100, "");
        }
        engine.write("second", "images = [\"quick.jpg\"]", 101, "");
        engine.live_through(nine() + TimeDelta::minutes(5)).await.expect("it lives");
        assert_eq!(engine.made_after("second"), 101);
    });
}

#[test]
fn an_upload_too_slow_for_its_lateness_fails() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.picture("slow.jpg");
        engine.write("picture", "images = [\"slow.jpg\"]", 0, "max_lateness = \"30s\"");
        engine.live_through(nine() + TimeDelta::minutes(1)).await.expect("it lives");
        let run = engine.run("picture");
        assert_eq!(run.state, State::Failed);
        assert_eq!((run.updated_at - run.due).num_seconds(), 30);
        assert_eq!(engine.ledger().len(), 0);
    });
}

#[test]
fn a_briefly_missing_image_is_waited_for() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.picture("a.jpg");
        engine.write("picture", "images = [\"a.jpg\"]", 0, "");
        let (here, away) = (engine.dir.path().join("a.jpg"), engine.dir.path().join("away"));
        let come_back = async {
            std::fs::rename(&here, &away).expect("renamed");
            engine.clock.sleep(std::time::Duration::from_secs(80)).await;
            std::fs::rename(&away, &here).expect("renamed");
        };
        let life = engine.live_through(nine() + TimeDelta::minutes(1));
        let (lived, ()) = tokio::join!(life, come_back);
        lived.expect("it lives");
        assert_eq!(engine.run("picture").state, State::Created);
        assert!((20..60).contains(&engine.made_after("picture")));
    });
}

#[test]
fn missing_picture_fails_at_the_deadline() {
    in_virtual_time(async {
        let engine = EngineHarness::new();
        engine.picture("a.jpg");
        engine.write("picture", "images = [\"a.jpg\"]", 0, "max_lateness = \"10m\"");
        let life = engine.live_through(nine() + TimeDelta::minutes(1));
        let lose = async { std::fs::remove_file(engine.dir.path().join("a.jpg")).expect("removed") };
        let (lived, ()) = tokio::join!(life, lose);
        lived.expect("it lives");
        let run = engine.run("picture");
        assert_eq!(run.state, State::Failed);
        assert_eq!((run.updated_at - run.due).num_seconds(), 600);
        assert!(
            run.reason_text().map(|why| why.into_lang(drumbeat::text::Lang::En)).expect("a reason").contains("a.jpg")
        );
    });
}
