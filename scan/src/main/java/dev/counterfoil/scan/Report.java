package dev.counterfoil.scan;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.scan.finding.ScanFinding;
import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.Unopened;
import dev.counterfoil.scan.key.OwnKey;
import java.util.List;

/**
 * What a scan found, and what it looked for and at.
 *
 * @param findings those that are told, at most {@link ScanFindings#TOLD_MAX} for each place
 * @param count all of them
 * @param unopened what could not be looked into
 * @param files that were searched
 * @param entries of archives that were searched
 * @param bytes of the files
 * @param expandedBytes of the archives' content
 * @param keys of ours that were looked for
 */
public record Report(
    List<ScanFinding> findings,
    long count,
    List<Unopened> unopened,
    long files,
    long entries,
    long bytes,
    long expandedBytes,
    List<OwnKey> keys) {
  /** What a report comes to. */
  public enum Verdict {
    /** Everything was looked into, and none of the listed forms is there. */
    CLEAN,
    /** A private key is there. */
    FOUND,
    /** None was found, and something could not be looked into. */
    INCOMPLETE
  }

  public Report {
    findings = List.copyOf(findings);
    unopened = List.copyOf(unopened);
    keys = List.copyOf(keys);
  }

  /** What it comes to. */
  public Verdict verdict() {
    if (count > 0) {
      return Verdict.FOUND;
    }
    return unopened.isEmpty() ? Verdict.CLEAN : Verdict.INCOMPLETE;
  }

  /** Names of keys without a hint, of which only some forms could be looked for. */
  public List<String> keysWithoutHint() {
    return keys.stream().filter(key -> key.hint().isEmpty()).map(OwnKey::kid).toList();
  }

  /** As JSON. */
  public JsonObject json() {
    return JsonObject.builder()
        .put("verdict", verdict().name().toLowerCase(java.util.Locale.ROOT))
        .put("findings", findings.stream().map(ScanFinding::json).toList())
        .put("finding_count", count)
        .put("unopened", unopened.stream().map(Unopened::json).toList())
        .put("files", files)
        .put("entries", entries)
        .put("bytes", bytes)
        .put("expanded_bytes", expandedBytes)
        .put("keys", keys.stream().map(OwnKey::kid).toList())
        .put("keys_without_hint", keysWithoutHint())
        .put("looked_for", Forms.LOOKED_FOR)
        .put("not_looked_for", Forms.NOT_LOOKED_FOR)
        .build();
  }
}
