//! One file per question that somebody asks: its table's row, its arms, its queries.

/// A read model whose module `arms` writes its rows: its name in `read.positions` for ever, whose streams it is made of,
/// and which form its rows have.
macro_rules! read_model {
    ($(#[$meta:meta])* $model:ident, $name:literal, of streams $streams:literal, form $form:literal;) => {
        $(#[$meta])*
        pub struct $model;

        impl $model {
            /// Its name in `read.positions`.
            pub const NAME: &'static str = $name;
        }

        impl $crate::Projection for $model {
            fn name(&self) -> &'static str {
                Self::NAME
            }

            fn form(&self) -> i32 {
                $form
            }

            fn streams(&self) -> store::feed::Streams {
                store::feed::Streams::Of($streams)
            }

            fn apply<'a>(
                &'a self,
                _: &'a store::Ledger,
                tx: &'a mut sqlx::PgConnection,
                build: &'a $crate::position::Build,
                entries: &'a [store::Committed],
            ) -> futures::future::BoxFuture<'a, Result<(), $crate::projection::ApplyError>> {
                Box::pin(arms::apply(tx, build, entries))
            }

            fn clear<'a>(
                &'a self,
                tx: &'a mut sqlx::PgConnection,
                build: &'a $crate::position::Build,
                max: u32,
            ) -> futures::future::BoxFuture<'a, Result<u64, sqlx::Error>> {
                Box::pin(arms::remove(tx, build, max))
            }
        }
    };
}

pub mod engagements;
pub mod entries;
pub mod evidence;
pub mod grants;
pub mod members;
pub mod records;

use read_model;
