//! The store's promises on PostgreSQL: a cluster of our own from Debian's binaries, in a directory that
//! is gone afterwards, reached over a Unix socket.
#![allow(clippy::unwrap_used)]

mod suite;

use records::PaymentState;
use sqlx::Connection;
use std::cell::Cell;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use store::{Options, Writer, WriterTuning};
use suite::payments::{Paying, pln};
use suite::{Bed, Scratch, event};

/// A running server; stopped and removed when dropped.
struct Cluster {
    bin: PathBuf,
    dir: PathBuf,
    databases: Cell<u32>,
}

impl Cluster {
    fn start() -> Self {
        let bin = binaries();
        let dir = std::env::temp_dir().join("parley-postgres-XXXXXX");
        let made = run(as_postgres("mktemp".into()).arg("-d").arg(dir));
        let cluster = Self { bin, dir: PathBuf::from(made.trim()), databases: Cell::new(0) };
        let data = cluster.dir.join("data");
        let flags = [
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--username=postgres",
            "--no-sync",
        ];
        run(cluster.tool("initdb").arg("-D").arg(&data).args(flags));
        cluster.up();
        cluster
    }

    /// Without fsync: nobody cuts the power of this machine during the test.
    fn up(&self) {
        let socket = format!(
            "-c listen_addresses='' -c max_connections=60 -c fsync=off -k {}",
            self.dir.display()
        );
        run(self.control().args(["-w", "-o", &socket, "start"]));
    }

    fn down(&self) {
        run(self.control().args(["-w", "-m", "fast", "stop"]));
    }

    fn tool(&self, name: &str) -> Command {
        as_postgres(self.bin.join(name))
    }

    fn control(&self) -> Command {
        let mut control = self.tool("pg_ctl");
        control.arg("-D").arg(self.dir.join("data")).arg("-l").arg(self.dir.join("log"));
        control
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.dir.display())
    }

    /// A store in a database of its own.
    async fn fresh(&self) -> Bed {
        let nth = self.databases.replace(self.databases.get() + 1);
        let mut db = sqlx::PgConnection::connect(&self.url("postgres")).await.unwrap();
        let create = format!("CREATE DATABASE fresh{nth}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut db).await.unwrap();
        Bed::open(self.url(&format!("fresh{nth}"))).await
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.control().args(["-w", "-m", "immediate", "stop"]).output();
        let _ = as_postgres("rm".into()).arg("-rf").arg(&self.dir).output();
    }
}

/// The newest of Debian's versions.
fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    versions
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(version)
        .map(|path| path.join("bin"))
        .expect("PostgreSQL is not installed; install Debian's package 'postgresql' (apt-get install postgresql) and run the tests again")
}

/// PostgreSQL refuses to run as root: then it runs as the user that its package made.
fn as_postgres(program: PathBuf) -> Command {
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
    command
}

/// Output goes to a file where a server would keep a pipe open for good.
fn run(command: &mut Command) -> String {
    let scratch = Scratch::new();
    let path = scratch.0.join("output");
    let file = std::fs::File::create(&path).unwrap();
    command.stderr(file.try_clone().unwrap()).stdout(file);
    let status = command.status().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = std::fs::read_to_string(&path).unwrap();
    assert!(status.success(), "{command:?}: {said}");
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_keeps_the_promises_that_sqlite_keeps() {
    let cluster = Cluster::start();
    each_promise!(cluster.fresh());
    a_payments_commit_waits_for_the_disk_whatever_the_database_is_set_to(&cluster).await;
    records_written_during_an_outage_arrive_after_it(&cluster).await;
}

async fn a_payments_commit_waits_for_the_disk_whatever_the_database_is_set_to(cluster: &Cluster) {
    let bed = cluster.fresh().await;
    bed.import(&[suite::ANNA]).await;
    // the table notes what holds while a step is written, and while an event is
    bed.tamper(
        "CREATE TABLE seen (what TEXT, setting TEXT); \
         CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         INSERT INTO seen VALUES (TG_TABLE_NAME, current_setting('synchronous_commit')); \
         RETURN NEW; END $$; \
         CREATE TRIGGER see AFTER INSERT ON payment_steps FOR EACH ROW EXECUTE FUNCTION see(); \
         CREATE TRIGGER see AFTER INSERT ON calls FOR EACH ROW EXECUTE FUNCTION see()",
    )
    .await;
    let seen = |url: String| async move {
        let mut db = sqlx::PgConnection::connect(&url).await.unwrap();
        let sql = "SELECT DISTINCT what || ' ' || setting FROM seen ORDER BY 1";
        sqlx::query_scalar::<_, String>(sql).fetch_all(&mut db).await.unwrap()
    };
    for (setting, expected) in [("off", "on"), ("remote_apply", "remote_apply")] {
        bed.tamper("DELETE FROM seen").await;
        let url = format!("{}&options=-csynchronous_commit={setting}", bed.url);
        let again = Bed::open(url).await;
        let id = u8::try_from(setting.len()).unwrap();
        let mut paying = Paying::new(&again, id, "20260010", pln(1)).await;
        let states = [PaymentState::Intent, PaymentState::Abandoned];
        paying.through(&states).await;
        again.store.append(&[], &[suite::record(u64::from(id), suite::NOW_US)]).await.unwrap();
        let expected = [format!("calls {setting}"), format!("payment_steps {expected}")];
        assert_eq!(seen(bed.url.clone()).await, expected);
    }
}

async fn records_written_during_an_outage_arrive_after_it(cluster: &Cluster) {
    let bed = cluster.fresh().await;
    let options = Options { acquire_timeout: Duration::from_millis(200), ..Options::default() };
    let store = store::open_with(&bed.url, options).await.unwrap();
    let scratch = Scratch::new();
    let pause = (Duration::from_millis(20), Duration::from_millis(50));
    let tuning = WriterTuning { pause, ..WriterTuning::default() };
    let runtime = tokio::runtime::Handle::current();
    let spool = scratch.0.join("spool");
    let writer = Writer::start_with(&runtime, store.clone(), &spool, tuning).unwrap();
    writer.event(event(1, 0));
    writer.flush().await;
    cluster.down();
    writer.event(event(1, 1));
    writer.flush().await;
    assert!(writer.state().spooling);
    assert!(store.verify_chain().await.is_err_and(|error| error.is_temporary()));
    writer.event(event(1, 2));
    writer.flush().await;
    cluster.up();
    writer.watch().wait_for(|state| !state.spooling).await.unwrap();
    let report = store.verify_chain().await.unwrap();
    assert_eq!((report.events, report.fault), (3, None));
}
