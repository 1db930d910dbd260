package dev.counterfoil.custodian;

import dev.counterfoil.format.note.NoteKey;
import java.net.URI;

/**
 * An audit log that a custodian is to hold.
 *
 * @param domain as whose client its records are fetched
 * @param key of the log
 * @param url of the monitor that has it
 * @param audience that the monitor's callers name
 */
public record AuditLogPlace(String domain, NoteKey key, URI url, String audience) {}
