use super::fixtures::*;
use crate::render::*;
use crate::review::*;
use crate::rules::*;
#[test]
fn print() {
    let c = context();
    let r = with(review(Scope::Domain, two_services()), vec![crossing(None)]);
    println!("{}\n=====", comment(&r, &c));
    println!("{}\n=====", text(&r, &c, TextOptions { width: Some(80), color: false }));
    let k = check(&r, &c);
    println!("{:?} {}\n{}\n=====", k.conclusion, k.title, k.summary);
    let r = with(review(Scope::Domain, two_services()), vec![crossing(Some("ada"))]);
    println!("{}\n=====", comment(&r, &c));
    let r = with(review(Scope::Domain, two_services()), vec![internals(), crossing(None)]);
    println!("{}\n=====", comment(&r, &c));
    println!("{}\n=====", text(&r, &c, TextOptions { width: Some(80), color: false }));
    let _ = Enforce::None;
}
