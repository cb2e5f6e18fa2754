//! The files of `deploy` are true: the real program starts with their arguments, settings and variables, and answers their
//! probes.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::{Map, Value};

use crate::support::postgres::{self, Schema};
use crate::support::service_harness::{Service, ServiceHarness, WAIT_TIMEOUT};

fn deployed(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(yaml: &Yaml<'_>) -> Value {
    if let Some(mapping) = yaml.as_mapping() {
        let entry = |(key, value): (&Yaml<'_>, &Yaml<'_>)| (key.as_str().expect("a key").to_owned(), json(value));
        return Value::Object(mapping.iter().map(entry).collect::<Map<_, _>>());
    }
    if let Some(sequence) = yaml.as_sequence() {
        return sequence.iter().map(json).collect();
    }
    let number = yaml.as_integer().map(Value::from);
    number.or(yaml.as_bool().map(Value::from)).or(yaml.as_str().map(Value::from)).unwrap_or_default()
}

/// The manifests of one file.
struct Manifests {
    text: String,
    all: Vec<Value>,
}

impl Manifests {
    fn of(file: &str) -> Self {
        let text = deployed(file);
        let all = Yaml::load_from_str(&text).expect("YAML").iter().map(json).collect();
        Self { text, all }
    }

    fn kind(&self, kind: &str) -> &Value {
        self.all.iter().find(|manifest| manifest["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
    }

    fn deployment(&self) -> &Value {
        &self.kind("Deployment")["spec"]
    }

    fn pod(&self) -> &Value {
        &self.deployment()["template"]["spec"]
    }

    fn container(&self) -> &Value {
        &self.pod()["containers"][0]
    }

    /// Whether a path of the container is on one of its volumes.
    fn is_mounted(&self, path: &str) -> bool {
        let mounts = self.container()["volumeMounts"].as_array().expect("mounts");
        let volumes = self.pod()["volumes"].as_array().expect("volumes");
        mounts.iter().any(|mount| {
            path.starts_with(mount["mountPath"].as_str().expect("a path"))
                && volumes.iter().any(|volume| volume["name"] == mount["name"])
        })
    }

    fn paths_of_probes(&self) -> Vec<&str> {
        let probes = ["startupProbe", "livenessProbe", "readinessProbe"].map(|name| &self.container()[name]["httpGet"]);
        let port = &self.container()["ports"][0];
        assert!(probes.iter().all(|probe| probe["port"] == port["name"]), "{probes:?}");
        probes.iter().map(|probe| probe["path"].as_str().expect("a path")).collect()
    }

    /// The command of the container, with the paths of the harness in place of its own.
    fn command(&self, harness: &ServiceHarness, schema: Option<&Schema>) -> Command {
        let file = self.kind("ConfigMap")["data"]["drumbeat.toml"].as_str().expect("a file");
        let port = &self.container()["ports"][0]["containerPort"];
        assert!(file.contains(&format!("listen = \"0.0.0.0:{port}\"")), "{file}");
        for path in file.split(['"', '=', '&', '?']).filter(|part| part.starts_with('/')) {
            assert!(self.is_mounted(path), "{path}");
            if let Some(name) = path.strip_prefix("/secrets/") {
                assert!(self.text.contains(&format!("--from-file={name}")), "{name}");
                write_secret(harness, name);
            }
        }
        let environment = self.container()["env"].as_array().map_or(0, Vec::len);
        assert_eq!(environment, 0, "no secret is in the environment");
        let at = |name: &str| harness.path(name).display().to_string();
        let mut file = file
            .replace(&format!("0.0.0.0:{port}"), "127.0.0.1:0")
            .replace("/book/current/campaigns", &at("campaigns"))
            .replace("/secrets", &at("secrets"))
            .replace("/var/lib/drumbeat", &at("."));
        if let Some(schema) = schema {
            file = on_schema(&file, schema);
        }
        let config = harness.path("config.toml");
        fs::write(&config, file).expect("written");
        let words =
            self.container()["args"].as_array().expect("arguments").iter().map(|word| word.as_str().expect("a text"));
        let words: Vec<String> =
            words.map(|word| word.replace("/etc/drumbeat/drumbeat.toml", &at("config.toml"))).collect();
        assert!(self.is_mounted("/etc/drumbeat/drumbeat.toml"));
        program(harness, &words.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn write_secret(harness: &ServiceHarness, name: &str) {
    fs::create_dir_all(harness.path("secrets")).expect("a directory");
    let text = if name.ends_with("url") { "http://127.0.0.1:9/robot" } else { "a secret" };
    fs::write(harness.path("secrets").join(name), text).expect("written");
}

/// A text with the server of the tests in place of that of the example.
#[track_caller]
fn on_schema(text: &str, schema: &Schema) -> String {
    let address = schema.address();
    let (server, _) = address.split_once("&files=").expect("files");
    let example = "postgres://drumbeat@db.example.com/drumbeat?";
    assert!(text.contains(example), "{text}");
    text.replace(example, &format!("{server}&"))
}

/// The program without the settings of the harness, but for its WeCom.
fn program(harness: &ServiceHarness, words: &[&str]) -> Command {
    let mut command = harness.command(words);
    command.env_remove("DRUMBEAT_STORE").env_remove("DRUMBEAT_CORP_SECRET").env("DRUMBEAT_PAGE", "off");
    command
}

#[test]
fn one_replica_answers_its_probes() {
    let (harness, manifests) = (ServiceHarness::new(), Manifests::of("kubernetes/drumbeat.yaml"));
    assert_eq!(manifests.deployment()["replicas"], 1);
    assert_eq!(manifests.deployment()["strategy"]["type"], "Recreate");
    let service = Service::start(manifests.command(&harness, None));
    manifests.paths_of_probes().iter().for_each(|path| service.shows(path, 200, ""));
    assert!(harness.path("drumbeat.db").exists(), "its store is on the volume");
}

#[test]
fn three_replicas_answer_their_probes() {
    let Some(schema) = postgres::schema() else { return };
    let (harness, manifests) = (ServiceHarness::new(), Manifests::of("kubernetes/replicas.yaml"));
    let replicas = manifests.deployment()["replicas"].as_i64().expect("a number");
    let kept = manifests.kind("PodDisruptionBudget")["spec"]["minAvailable"].as_i64().expect("a number");
    assert!((1..replicas).contains(&kept), "one pod may be moved");
    let labels = &manifests.deployment()["template"]["metadata"]["labels"];
    assert_eq!(&manifests.kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"], labels);
    // Each command writes the files again: all before the first one starts.
    let commands: Vec<Command> = (0..replicas).map(|_| manifests.command(&harness, Some(&schema))).collect();
    let services: Vec<Service> = commands.into_iter().map(Service::start).collect();
    for service in &services {
        manifests.paths_of_probes().iter().for_each(|path| service.shows(path, 200, ""));
    }
    let works = |service: &&Service| service.page("/working").starts_with("HTTP/1.1 200");
    assert_eq!(services.iter().filter(works).count(), 1);
}

/// The values of a key in unit files.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// Starts the program as these unit files do, and waits until it tells systemd that it is ready.
#[track_caller]
fn starts(harness: &ServiceHarness, units: &str) {
    let at = |name: &str| harness.path(name).display().to_string();
    let credentials: Vec<&str> =
        values(units, "LoadCredential").iter().map(|value| value.split(':').next().expect("a name")).collect();
    credentials.iter().for_each(|name| write_secret(harness, name));
    let file = deployed("drumbeat.toml")
        .replace("/srv/campaigns", &at("campaigns"))
        .replace("/var/lib/drumbeat", &at("."))
        .replace("127.0.0.1:9118", "127.0.0.1:0")
        .replace("127.0.0.1:9119", "off");
    fs::write(harness.path("config.toml"), file).expect("written");
    assert_eq!(values(units, "Type"), ["notify"]);
    let [command] = values(units, "ExecStart")[..] else { panic!("one command") };
    let words = command.replace("/etc/drumbeat/drumbeat.toml", &at("config.toml"));
    let mut command = program(harness, &words.split(' ').skip(1).collect::<Vec<_>>());
    for variable in values(units, "Environment") {
        let (name, value) = variable.split_once('=').expect("a value");
        for used in value.split("%d/").skip(1) {
            let used = used.split('&').next().expect("a name");
            assert!(credentials.contains(&used), "{used} is not loaded");
        }
        command.env(name, value.replace("%d", &at("secrets")).replace("%S/drumbeat", &at(".")));
    }
    let _ = fs::remove_file(harness.path("systemd"));
    let systemd = UnixDatagram::bind(harness.path("systemd")).expect("a socket");
    systemd.set_read_timeout(Some(WAIT_TIMEOUT)).expect("a time limit");
    let _service = Service::start({
        command.args(["--log", "json"]).env("NOTIFY_SOCKET", harness.path("systemd"));
        command
    });
    let mut message = [0; 256];
    while !message.starts_with(b"READY=1") {
        message.fill(0);
        systemd.recv(&mut message).expect("systemd is told that it is ready");
    }
}

#[test]
fn the_unit_starts_on_one_machine_and_on_two() {
    let unit = deployed("drumbeat.service");
    starts(&ServiceHarness::new(), &unit);
    let Some(schema) = postgres::schema() else { return };
    let both = format!("{unit}\n{}", on_schema(&deployed("drumbeat-postgres.conf"), &schema));
    starts(&ServiceHarness::new(), &both);
}
