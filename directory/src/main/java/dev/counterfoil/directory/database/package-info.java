/**
 * Where the tables of people and clients lie: in files of SQLite, or in a PostgreSQL that several
 * authorities share.
 *
 * <p>No table is known here. Only what both databases understand comes in as SQL, and the few words
 * in which they differ have names: see {@link dev.counterfoil.directory.database.TablePlace}.
 *
 * <p><b>Trust.</b> An attacker who controls this room, the database server, or an unprotected
 * network to it can be any person of the domain and put in any client, as one can who writes to the
 * files. It gets no signer's key, makes no token outside the scope of those keys or without a
 * record, and finds no secret of sessions, grants or clients: those lie with each authority, or are
 * hashed with a key that does.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.directory.database;
