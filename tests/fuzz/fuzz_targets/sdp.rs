#![no_main]

#[path = "../../../src/sdp/tests/properties/mod.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    properties::description(data);
});
