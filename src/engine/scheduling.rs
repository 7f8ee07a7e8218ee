//! How the system runs media threads: before others, and on which cores.
//!
//! A media thread waits nearly always and works for microseconds: in the real-time class it is not kept
//! waiting by a compiler or a backup beside it. The kernel keeps the class from eating a core (5 % of each
//! second stay for others, `sched_rt_runtime_us`).
//!
//! Owns: what a media thread asks of the system at its start. Never: a refusal that stops it.

use crate::limits::REALTIME_PRIORITY;
use rustix::thread::CpuSet;
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
};

/// What media threads ask of the system.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scheduling {
    /// The real-time class (`SCHED_FIFO`), where the system permits it.
    pub realtime: bool,
    /// The cores that media threads stay on, one after the other; empty: where the system puts them.
    pub cores: Vec<usize>,
}

impl Scheduling {
    /// For the calling thread, which is media thread `number`. What is refused is told and done without.
    pub(crate) fn take_effect(&self, number: usize) {
        if let Some(core) = self.core(number)
            && let Err(why) = stay_on(core)
        {
            tracing::warn!(core, %why, "a media thread may not stay on this core; look at media.cores");
        }
        if self.realtime {
            match become_realtime() {
                Ok(()) => tracing::debug!("media thread {number} runs in the real-time class"),
                Err(why) => tracing::info!(
                    "media thread {number} runs like any other ({why}): give CAP_SYS_NICE or \
                     LimitRTPRIO={REALTIME_PRIORITY} for steadier audio on a busy machine"
                ),
            }
        }
    }

    fn core(&self, number: usize) -> Option<usize> {
        let turn = number.checked_rem(self.cores.len())?;
        self.cores.get(turn).copied()
    }
}

fn stay_on(core: usize) -> Result<(), String> {
    if core >= CpuSet::MAX_CPU {
        return Err(format!("there is no core {core}"));
    }
    let mut set = CpuSet::new();
    set.set(core);
    rustix::thread::sched_setaffinity(None, &set).map_err(|error| error.to_string())
}

fn become_realtime() -> Result<(), String> {
    let priority = ThreadPriorityValue::try_from(REALTIME_PRIORITY)?;
    thread_priority::set_thread_priority_and_policy(
        thread_priority::thread_native_id(),
        ThreadPriority::Crossplatform(priority),
        ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo),
    )
    .map_err(|error| match error {
        thread_priority::Error::OS(number) => std::io::Error::from_raw_os_error(number).to_string(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_take_the_cores_in_turn() {
        let two = Scheduling { realtime: false, cores: vec![3, 5] };
        assert_eq!([0, 1, 2].map(|n| two.core(n)), [Some(3), Some(5), Some(3)]);
        assert_eq!(Scheduling::default().core(7), None);
    }

    #[test]
    fn a_thread_stays_on_its_core() {
        let first = rustix::thread::sched_getaffinity(None).unwrap();
        let core = (0..CpuSet::MAX_CPU).find(|core| first.is_set(*core)).unwrap();
        std::thread::spawn(move || {
            Scheduling { realtime: false, cores: vec![core] }.take_effect(0);
            let now = rustix::thread::sched_getaffinity(None).unwrap();
            assert_eq!((now.count(), now.is_set(core)), (1, true));
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_core_that_is_not_there_is_told_and_done_without() {
        assert!(stay_on(CpuSet::MAX_CPU).unwrap_err().contains("there is no core"));
        let before = rustix::thread::sched_getaffinity(None).unwrap();
        Scheduling { realtime: false, cores: vec![CpuSet::MAX_CPU - 1] }.take_effect(0);
        assert_eq!(rustix::thread::sched_getaffinity(None).unwrap(), before);
    }

    /// Permitted or not, the thread ends up in the class that `become_realtime` says.
    #[test]
    fn the_real_time_class_is_taken_where_it_is_permitted() {
        std::thread::spawn(|| {
            let permitted = become_realtime().is_ok();
            let policy = thread_priority::thread_schedule_policy().unwrap();
            let fifo = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
            assert_eq!(policy == fifo, permitted);
        })
        .join()
        .unwrap();
    }
}
