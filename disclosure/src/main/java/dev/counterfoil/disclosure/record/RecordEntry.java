package dev.counterfoil.disclosure.record;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.time.Instant;
import java.util.Optional;

/**
 * One entry of the disclosure log with its content. The log shows the content's digest; a salt in
 * the content keeps anybody from guessing it before it is published.
 *
 * @param position in the log
 * @param kind what it is about
 * @param incident the incident's name
 * @param at when
 * @param by who did it, by the kernel's word; {@code disclosure} for the process itself
 * @param body what it says
 * @param document SHA-256 of the signed document that it publishes
 */
public record RecordEntry(
    long position,
    RecordKind kind,
    String incident,
    Instant at,
    String by,
    JsonObject body,
    Optional<Hash> document) {
  /** Longest content, in bytes. */
  static final int CONTENT_BYTES_MAX = 16 * 1024 * 1024;

  private static final int LINE_BYTES_MAX = 1024;

  JsonObject content(String salt) {
    return JsonObject.builder()
        .put("v", 1)
        .put("salt", salt)
        .put("at_ms", at.toEpochMilli())
        .put("by", by)
        .put("kind", kind.text())
        .put("incident", incident)
        .put("body", body)
        .build();
  }

  /** The log's own entry: digests only. */
  byte[] line(Hash content) {
    return JsonObject.builder()
        .put("v", 1)
        .put("kind", kind.text())
        .put("at_ms", at.toEpochMilli())
        .put("content", content.hex())
        .put("document", document.map(Hash::hex).orElse(null))
        .build()
        .canonicalBytes();
  }

  /** The digest of the content that a log's entry stands for. */
  static Hash contentOf(byte[] line) throws FormatException {
    return Hash.parseHex(StrictJson.object(line, LINE_BYTES_MAX).string("content"));
  }

  /** Reads an entry with its content, and compares the two. */
  static RecordEntry parse(long position, byte[] line, byte[] content) throws FormatException {
    if (!Hash.sha256(content).equals(contentOf(line))) {
      throw new FormatException("the content is not what the log's entry stands for");
    }
    JsonObject entry = StrictJson.object(line, LINE_BYTES_MAX);
    JsonObject json = StrictJson.object(content, CONTENT_BYTES_MAX);
    Optional<String> document = entry.optionalString("document");
    return new RecordEntry(
        position,
        RecordKind.of(json.string("kind")),
        json.string("incident"),
        Instant.ofEpochMilli(json.number("at_ms")),
        json.string("by"),
        json.object("body"),
        document.isEmpty() ? Optional.empty() : Optional.of(Hash.parseHex(document.get())));
  }
}
