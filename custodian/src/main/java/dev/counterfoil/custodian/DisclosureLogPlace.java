package dev.counterfoil.custodian;

import dev.counterfoil.format.note.NoteKey;
import java.net.URI;

/**
 * A disclosure log that a custodian is to hold.
 *
 * @param domain whose it is
 * @param key of the log
 * @param url below which it is published
 */
public record DisclosureLogPlace(String domain, NoteKey key, URI url) {}
