#![no_main]

#[path = "../../../src/sip/tests/properties/mod.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::stack(data));
