//! A new migration file changes what `sqlx::migrate!` embeds, which the compiler cannot know by itself.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
