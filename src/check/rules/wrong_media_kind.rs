use crate::check::media::{self, Use};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::limits::MEDIA_MIN_BYTES;
use crate::media_index;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "wrong-media-kind",
    level: Level::Error,
    summary: StaticText {
        en: "A file of another kind than its key needs: an image or cover that is not JPG or PNG, or a video that is not MP4.",
        zh: "素材的格式不对：图片和封面只能是 JPG 或 PNG，视频只能是 MP4。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("wrong_media_kind.md"), zh: include_str!("wrong_media_kind.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context) {
        let Some((bytes, content)) = named.file() else { continue };
        let is_whole =
            !matches!(content, media_index::MediaFormat::BrokenImage(..) | media_index::MediaFormat::BrokenMp4(_));
        if bytes <= MEDIA_MIN_BYTES || !is_whole || content.kind().is_some_and(|kind| named.used_as.takes(kind)) {
            continue;
        }
        let takes = match named.used_as {
            Use::Image | Use::Cover => text!(en: "a JPG or PNG image", zh: "JPG 或 PNG 格式"),
            Use::Video => text!(en: "an MP4 video", zh: "MP4 格式"),
        };
        let message = text!(
            en: "{use_} must be {takes}, but this file is {format}",
            zh: "{use_}必须是 {takes}，文件的实际格式：{format}",
            use_ = named.used_as.name(),
            takes = takes,
            format = content.text()
        );
        let is_one_for = |other: Use| content.kind().is_some_and(|kind| other.takes(kind));
        let help = if matches!(content, media_index::MediaFormat::Pointer { .. }) {
            text!(
                en: "run `git lfs pull`; in CI check out with `lfs: true`. A service that follows a repository does not read Git LFS: keep the file in git itself",
                zh: "请运行 `git lfs pull`；在 CI 里检出时加上 `lfs: true`。从仓库读取活动的服务不支持 Git LFS，请把文件直接提交到 git"
            )
        } else if named.used_as == Use::Video && is_one_for(Use::Image) {
            text!(
                en: "write pictures in `images`: `images = [\"…\"]` with this path, instead of `video`",
                zh: "图片要写在 `images` 里：请把 `video` 换成 `images = [\"…\"]`，路径不变"
            )
        } else if named.used_as == Use::Image && is_one_for(Use::Video) {
            text!(
                en: "write a video in `video`: `video = \"…\"` with this path, instead of `images`",
                zh: "视频要写在 `video` 里：请把 `images` 换成 `video = \"…\"`，路径不变"
            )
        } else {
            text!(
                en: "save it as {takes}; another name does not change the format",
                zh: "请重新保存为 {takes}；只改文件名没有用",
                takes = takes
            )
        };
        let label = text!(en: "the content is {format}", zh: "实际格式：{format}", format = content.text());
        findings.at(named.span, label, message).help(help);
    }
}
