#![allow(clippy::disallowed_methods, missing_docs)]
fn main() {
    for _ in 0..4 {
        let t = std::time::Instant::now();
        let l = clips::Library::open("prompts".as_ref(), "/tmp/voice/clips-cache".as_ref(), &ids::Lang::VOICES).unwrap();
        println!("{:?} {}", t.elapsed(), l.strays().count());
        let t = std::time::Instant::now();
        let r = l.refresh().unwrap().is_none();
        println!("refresh {:?} {r}", t.elapsed());
        drop(l);
    }
}
