/**
 * The audit log: takes events in from every part and service, keeps them under a log of their own,
 * finds them, and exports them with proofs.
 *
 * <p>An event's way: {@link dev.counterfoil.audit.intake.AuditLog#take} checks each line, gives it
 * its position, and answers when it is durable; the {@link dev.counterfoil.audit.store.Indexer}
 * follows the journal into the {@link dev.counterfoil.audit.store.EventStore}, where it is found;
 * {@link dev.counterfoil.audit.bundle.Export} writes it out with its proof, and {@link
 * dev.counterfoil.audit.bundle.AuditBundle} judges that anywhere.
 *
 * <p><b>Trust.</b> An attacker who controls the process that holds the audit log can refuse, delay,
 * hide or read events, and record what no source said; it cannot change or drop one under a
 * checkpoint that someone else holds without being seen. An attacker who has the journal, or the
 * Parquet files, and not the folder of names learns who reported how much for which tenant when,
 * from which pseudonym, through which client, and no name, address or text. An attacker who
 * controls the folder of Parquet files can hide or invent search results: exports and {@code audit
 * verify} show it, since what is exported is proved against the log. An attacker who controls a
 * source can say what is not so, under its own name and for its own tenants.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit;
