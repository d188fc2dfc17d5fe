-- What tells events of one type apart where another system has two names for them: a first and a later use of a link, a
-- change of access that widens it and one that does not. Form 2 of the list of entries fills it, in a build of its own
-- beside the one that is shown; no index, since it is only asked for together with a type.
alter table read.entries add column variant text;
