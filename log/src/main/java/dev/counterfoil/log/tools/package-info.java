/**
 * What operators and outsiders do with a whole log: check, watch, copy, archive, restore.
 *
 * <p>A tool enters here when it needs nothing but the log's public side or an archive.
 *
 * <p><b>Trust.</b> An attacker who controls it tells its user that a log is whole that is not;
 * others who check the same log are not told so.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.log.tools;
