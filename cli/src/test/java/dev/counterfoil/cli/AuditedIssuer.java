package dev.counterfoil.cli;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.StatedCounts;
import dev.counterfoil.format.keylog.AuditLogConsent;
import dev.counterfoil.format.keylog.AuditLogEnded;
import dev.counterfoil.format.keylog.AuditLogStated;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SharedProof;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.Tile;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestIssuer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An issuer whose key log states audit logs, and exports under them. The exports have no events,
 * and so no more than is asked about their keys.
 */
public final class AuditedIssuer {
  static final String ISSUER = "https://login.example/enterprise";

  /** When the key log's head is signed. */
  static final Instant HEAD_AT = Instant.parse("2026-01-10T12:00:00Z");

  public static final String FIRST = "counterfoil-monitor/audit";
  public static final String SECOND = "counterfoil-monitor/audit-2";

  /** Root, delegation, log. */
  private static final int ENTRIES = 3;

  final TestIssuer issuer =
      TestIssuer.seeded("audit policy", "enterprise", ISSUER, new SettableClock(HEAD_AT));
  private int entries = ENTRIES;

  public AuditedIssuer() {
    issuer.publish();
  }

  /** An audit log's key: the same one for each name and seed. */
  public static NoteSigner key(String origin, String seed) {
    return TestLogKey.of(origin, new SeededRandom(seed + ", " + origin));
  }

  private static String text(SignedNote note) {
    return new String(note.bytes(), StandardCharsets.UTF_8);
  }

  public String policy() {
    return issuer.policy().text();
  }

  public AuditedIssuer state(NoteSigner auditKey, String follows) throws GeneralSecurityException {
    Checkpoint then = new Checkpoint(auditKey.key().name(), 3, Hash.sha256());
    issuer.give(
        new AuditLogStated(
            auditKey.key(),
            text(new AuditLogConsent(then, KeyLog.origin(ISSUER)).sign(auditKey)),
            follows.isEmpty() ? Optional.empty() : Optional.of(follows)));
    entries++;
    return this;
  }

  public AuditedIssuer end(String origin, long size, AuditLogEnded.Reason reason) {
    issuer.take(new AuditLogEnded(origin, size, reason));
    entries++;
    return this;
  }

  /** The whole of a tenant without events, in an audit log of a size; names a key. */
  public static String events(NoteSigner signer, NoteKey named, long size) throws Exception {
    return events(signer, named, "acme", size, 0);
  }

  /** The same of a tenant, from an earlier size on; 0 for all. */
  static String events(NoteSigner signer, NoteKey named, String tenant, long size, long since)
      throws Exception {
    HashSource hashes = AuditedIssuer::hash;
    Checkpoint checkpoint = Checkpoint.of(signer.key().name(), size, hashes);
    JsonObject.Builder header =
        JsonObject.builder()
            .put("bundle", "counterfoil-audit/1")
            .put("origin", named.name())
            .put("key", named.toString())
            .put("policy", "log " + named + "\nquorum none\n")
            .put("checkpoint", text(checkpoint.sign(signer)))
            .put("domain", "enterprise")
            .put("tenant", tenant)
            .put("query", JsonObject.builder().build())
            .put("counts", none(signer, tenant, checkpoint));
    if (since > 0) {
      List<Hash> goesOn = SharedProof.goingOn(hashes, since, size);
      header.put(
          "since",
          none(signer, tenant, Checkpoint.of(signer.key().name(), since, hashes))
              .with("log", goesOn.stream().map(Hash::base64).toList()));
    }
    return header.put("schema", JsonObject.builder().build()).build()
        + "\n{\"end\":true,\"events\":0}\n";
  }

  /** A hash of a tree whose leaves nobody is shown. */
  private static Hash hash(int level, long index) {
    return level == 0
        ? Hash.sha256(new byte[] {(byte) index})
        : new TreeHasher().node(hash(level - 1, 2 * index), hash(level - 1, 2 * index + 1));
  }

  /** The log's key states that the tenant has no events. */
  private static JsonObject none(NoteSigner signer, String tenant, Checkpoint checkpoint)
      throws Exception {
    String name = "enterprise/" + tenant;
    StatedCounts counts = StatedCounts.of(checkpoint, Map.of(name, 0L), Hash.sha256().bytes());
    int index = counts.indexOf(name);
    return JsonObject.builder()
        .put("statement", text(SignedNote.sign(counts.statement().text(), signer)))
        .put("count", 0)
        .put("salt", counts.counts().get(index).salt().base64())
        .put("index", index)
        .put("proof", counts.proof(index).stream().map(Hash::base64).toList())
        .build();
  }

  public byte[] keyLogFile(String path) throws Exception {
    return issuer.get(URI.create(ISSUER + "/logs/keys/" + path), 1 << 24);
  }

  public List<String> keyLogFiles() {
    return List.of("checkpoint", Tile.of(Tile.ENTRIES, 0, entries).path());
  }

  /** The second part of an export, with the key log and no tokens. */
  public String keyLog() throws Exception {
    return keyLogPart() + "{\"end\":true,\"logs\":0,\"tokens\":0}\n";
  }

  /** The second part's beginning, with the key log. */
  String keyLogPart() throws Exception {
    StringBuilder part =
        new StringBuilder(
            "{\"issued\":\"counterfoil-issued/1\",\"domain\":\"enterprise\",\"tenant\":\"acme\",\"query\":{}}\n");
    for (String path : keyLogFiles()) {
      part.append(
              JsonObject.builder()
                  .put("file", path)
                  .put("content", Base64.getEncoder().encodeToString(keyLogFile(path)))
                  .build())
          .append('\n');
    }
    return part.toString();
  }

  /** An export with its key log. */
  public String export(NoteSigner signer, long size) throws Exception {
    return events(signer, signer.key(), size) + keyLog();
  }
}
