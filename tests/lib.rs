//! Everything that looks at Parley from outside: the house's rules as tests, the simulated telephone world, whole
//! calls as script files, real sockets with real peers, the benchmark.
//!
//! Owns: the world (time, network, phones, ears), the wire (processes, sockets), the load of the benchmark.
//! Never: a mock of our own types; sleeping.

pub mod answering;
pub mod bare;
pub mod house;
pub mod program;
pub mod world;
