//! Limits of the process, and the machine: kernel, cores, buffers, clock.

use super::Finding;
use crate::clock::Clock;
use crate::config::Config;
use rustix::process::{Resource, getrlimit};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// File descriptors of one call: two media sockets, and room for a connection and a database.
const DESCRIPTORS_A_CALL: u64 = 4;
/// Descriptors that are not a call's.
const DESCRIPTORS_BESIDE: u64 = 64;
/// Fewer calls than this are no server.
const CALLS_MIN: u64 = 10;
/// Linux since which `epoll_pwait2` waits exactly.
const KERNEL_MIN: (u32, u32) = (5, 11);
/// Bytes of a socket's receive buffer: 2 s of one call's packets with the kernel's overhead.
const RECEIVE_BUFFER_MIN: u64 = 212_992;
/// Programs that keep a clock in step, as the kernel names them (15 characters).
const CLOCK_KEEPERS: [&str; 5] = ["chronyd", "ntpd", "openntpd", "systemd-timesyn", "ptp4l"];

/// Looks at the limits of this process.
pub fn look_at_limits(config: &Config) -> Vec<Finding> {
    let descriptors = getrlimit(Resource::Nofile);
    vec![
        open_files(descriptors.current, descriptors.maximum, config.limits.calls as u64),
        realtime(
            config.media.realtime,
            rustix::process::geteuid().is_root(),
            getrlimit(Resource::Rtprio).current,
        ),
    ]
}

/// Looks at the machine.
pub fn look(config: &Config) -> Vec<Finding> {
    let kernel = rustix::system::uname();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut findings = vec![
        kernel_release(&kernel.release().to_string_lossy()),
        media_threads(config.media.threads, cores),
    ];
    findings.extend(["rmem_max", "wmem_max"].map(buffer).into_iter().flatten());
    findings.push(clock_against_program());
    findings.push(clock_kept());
    findings
}

fn realtime(wanted: bool, root: bool, allowed: Option<u64>) -> Finding {
    let enough = u64::from(engine::limits::REALTIME_PRIORITY);
    match allowed {
        _ if !wanted => Finding::good("media threads run like any other, as media.realtime says"),
        Some(allowed) if !root && allowed < enough => Finding::look(
            "media threads may not run in the real-time class: other work on this machine can be heard",
            format!("set LimitRTPRIO={enough} in the service, or media.realtime = false"),
        ),
        _ => Finding::good("media threads run in the real-time class"),
    }
}

fn open_files(current: Option<u64>, maximum: Option<u64>, calls: u64) -> Finding {
    let Some(current) = current else {
        return Finding::good("open files are not limited");
    };
    let needed = calls * DESCRIPTORS_A_CALL + DESCRIPTORS_BESIDE;
    let enough_for = current.saturating_sub(DESCRIPTORS_BESIDE) / DESCRIPTORS_A_CALL;
    if current >= needed {
        return Finding::good(format!("{current} open files are enough for {calls} calls"));
    }
    let what =
        format!("{current} open files are enough for {enough_for} of limits.calls = {calls}");
    let todo = match maximum {
        Some(maximum) if maximum < needed => {
            format!("set LimitNOFILE={needed} in the service, or lower limits.calls")
        }
        _ => format!("start with `ulimit -n {needed}`, or set LimitNOFILE={needed} in the service"),
    };
    if enough_for < CALLS_MIN { Finding::bad(what, todo) } else { Finding::look(what, todo) }
}

fn kernel_release(release: &str) -> Finding {
    let mut parts = release.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else {
        return Finding::look(format!("kernel {release} is unknown"), "parley is made for Linux");
    };
    let (need_major, need_minor) = KERNEL_MIN;
    if (major, minor) >= KERNEL_MIN {
        return Finding::good(format!("kernel {release} paces packets exactly"));
    }
    Finding::bad(
        format!("kernel {release} lacks epoll_pwait2"),
        format!("use Linux {need_major}.{need_minor} or later"),
    )
}

fn media_threads(configured: usize, cores: usize) -> Finding {
    match configured {
        0 => Finding::good(format!("{cores} cores, one media thread each")),
        more if more > cores => Finding::look(
            format!("media.threads is {more}, and there are {cores} cores"),
            "threads that share a core delay each other's packets; use 0",
        ),
        threads => Finding::good(format!("{cores} cores, {threads} media threads")),
    }
}

fn buffer(name: &str) -> Option<Finding> {
    let text = std::fs::read_to_string(format!("/proc/sys/net/core/{name}")).ok()?;
    let bytes = text.trim().parse().ok()?;
    Some(buffer_size(name, bytes))
}

fn buffer_size(name: &str, bytes: u64) -> Finding {
    let what = format!("net.core.{name} is {bytes} bytes");
    if bytes >= RECEIVE_BUFFER_MIN {
        return Finding::good(what);
    }
    Finding::look(what, format!("bursts get lost; sysctl -w net.core.{name}={RECEIVE_BUFFER_MIN}"))
}

/// A clock that stands before the program was built is wrong.
fn clock_against_program() -> Finding {
    let now_us = Clock::start().unix_us();
    let built = std::env::current_exe().and_then(|exe| exe.metadata()?.modified()).ok();
    let built_us = built.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    clock(now_us, built_us.map_or(0, |since| since.as_micros() as i64))
}

fn clock(now_us: i64, built_us: i64) -> Finding {
    let now = jiff::Timestamp::from_microsecond(now_us).unwrap_or_default();
    let now = now.strftime("%Y-%m-%d %H:%M:%S UTC");
    if now_us < built_us {
        return Finding::bad(
            format!("the clock says {now}, before this program was built"),
            "set it: due dates and call times depend on it",
        );
    }
    Finding::good(format!("the clock says {now}"))
}

fn clock_kept() -> Finding {
    if Path::new("/run/systemd/timesync/synchronized").exists() {
        return Finding::good("the clock is kept in step");
    }
    let running = std::fs::read_dir("/proc").into_iter().flatten().flatten().find_map(|entry| {
        let name = std::fs::read_to_string(entry.path().join("comm")).ok()?;
        CLOCK_KEEPERS.into_iter().find(|keeper| *keeper == name.trim())
    });
    match running {
        Some(keeper) => Finding::good(format!("the clock is kept by {keeper}")),
        None => Finding::look(
            "no program here keeps the clock in step",
            "install chrony, unless the host of this machine does it",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mark;
    use super::*;

    #[test]
    fn too_few_open_files_are_told_with_the_number_of_calls_they_carry() {
        let finding = open_files(Some(1_024), Some(1_048_576), 2_000);
        assert_eq!(finding.mark, Mark::Look);
        assert!(finding.what.contains("enough for 240 of"), "{}", finding.what);
        assert!(finding.todo.unwrap().contains("ulimit -n 8064"));
        let capped = open_files(Some(80), Some(1_024), 2_000);
        assert_eq!(capped.mark, Mark::Bad);
        assert!(capped.todo.unwrap().contains("LimitNOFILE=8064"));
        assert_eq!(open_files(Some(8_064), None, 2_000).mark, Mark::Good);
        assert_eq!(open_files(None, None, 2_000).mark, Mark::Good);
    }

    #[test]
    fn a_kernel_is_judged_by_its_first_two_numbers() {
        let mark = |release| kernel_release(release).mark;
        assert_eq!(mark("6.1.0-28-amd64"), Mark::Good);
        assert_eq!(mark("5.11.0"), Mark::Good);
        assert_eq!(mark("5.10.0-33"), Mark::Bad);
        assert_eq!(mark("Darwin"), Mark::Look);
    }

    #[test]
    fn a_clock_before_the_build_is_wrong() {
        assert_eq!(clock(1_000_000, 2_000_000).mark, Mark::Bad);
        assert_eq!(clock(2_000_000, 1_000_000).mark, Mark::Good);
    }

    #[test]
    fn a_machine_that_does_not_permit_the_real_time_class_is_to_look_at() {
        assert_eq!(realtime(true, false, Some(0)).mark, Mark::Look);
        assert_eq!(realtime(true, false, Some(99)).mark, Mark::Good);
        assert_eq!(realtime(true, true, Some(0)).mark, Mark::Good);
        assert_eq!(realtime(false, false, Some(0)).mark, Mark::Good);
    }

    #[test]
    fn more_threads_than_cores_and_small_buffers_are_to_look_at() {
        assert_eq!(media_threads(0, 2).mark, Mark::Good);
        assert_eq!(media_threads(4, 2).mark, Mark::Look);
        assert_eq!(buffer_size("rmem_max", 212_992).mark, Mark::Good);
        assert_eq!(buffer_size("rmem_max", 65_536).mark, Mark::Look);
    }
}
