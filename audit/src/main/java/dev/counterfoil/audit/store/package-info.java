/**
 * Where events are found: Parquet files, what is fresh in memory, and the counts that the log's key
 * states.
 *
 * <p>What can be made again from the journal enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it hides or invents search results; exports are proved
 * against the log.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit.store;
