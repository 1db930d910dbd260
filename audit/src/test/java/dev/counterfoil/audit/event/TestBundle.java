package dev.counterfoil.audit.event;

import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.audit.AuditLeaf;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.StatedCounts;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SharedProof;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A bundle composed by hand, line by line, of a log in memory: what spec/audit-bundle.md says and
 * not what the exporter does. Everything in it comes from fixed seeds.
 */
public final class TestBundle {
  static final String ORIGIN = "counterfoil-monitor/audit";
  static final String DOMAIN = "trial";

  /** When custodians of bundles say what they hold. */
  private static final long SAID_AT = 1_795_608_000;

  private final List<StoredEvent> log = new ArrayList<>();
  private final TreeHasher hasher = new TreeHasher();
  public final NoteSigner signer = key();

  /** The log's key, always the same. */
  private static NoteSigner key() {
    return TestLogKey.of(
        ORIGIN,
        new SecureRandom() {
          private static final long serialVersionUID = 1L;

          @Override
          public void nextBytes(byte[] bytes) {
            byte[] seed = Hash.sha256("audit log".getBytes(StandardCharsets.UTF_8)).bytes();
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
          }
        });
  }

  private static byte[] salt(long position) {
    return Arrays.copyOf(
        Hash.sha256(("salt " + position).getBytes(StandardCharsets.UTF_8)).bytes(),
        AuditLeaf.SALT_BYTES);
  }

  /** Adds an event as it is reported. */
  public TestBundle add(String client, AuditEvent reported) {
    long position = log.size();
    log.add(
        new StoredEvent(
            position,
            salt(position),
            reported.received(DOMAIN + "/" + client, SampleEvents.TIME + 1000 + position)));
    return this;
  }

  public TestBundle add(String client, JsonObject reported) throws Exception {
    return add(client, AuditEvent.of(reported));
  }

  public int size() {
    return log.size();
  }

  public StoredEvent at(int position) {
    return log.get(position);
  }

  private Hash leaf(int position) {
    StoredEvent one = log.get(position);
    return AuditLeaf.of(one.salt(), one.event().canonicalBytes()).hash(hasher);
  }

  private HashSource hashes() {
    return (level, index) -> {
      MerkleFrontier tree = new MerkleFrontier();
      for (long i = index << level; i < (index + 1) << level; i++) {
        tree.append(leaf((int) i));
      }
      return tree.root();
    };
  }

  public Checkpoint checkpoint(int size) throws Exception {
    return Checkpoint.of(ORIGIN, size, hashes());
  }

  private static List<String> texts(List<Hash> path) {
    return path.stream().map(Hash::base64).toList();
  }

  /** What the log's key states of a tenant at a size. */
  public JsonObject counts(String tenant, int size, int statedFewer) throws Exception {
    return counts(tenant, size, statedFewer, text -> SignedNote.sign(text, signer));
  }

  private interface Signing {
    SignedNote sign(String text) throws Exception;
  }

  private JsonObject counts(String tenant, int size, int statedFewer, Signing by) throws Exception {
    Map<String, Long> counts = new TreeMap<>();
    for (StoredEvent one : log.subList(0, size)) {
      counts.merge(one.fence().name(), 1L, Long::sum);
    }
    String name = DOMAIN + "/" + tenant;
    counts.computeIfPresent(name, (same, count) -> count - statedFewer);
    counts.putIfAbsent(name, 0L);
    StatedCounts stated =
        StatedCounts.of(
            checkpoint(size),
            counts,
            Hash.sha256("counts".getBytes(StandardCharsets.UTF_8)).bytes());
    CustodyStatement statement = stated.statement();
    int index = stated.indexOf(name);
    return JsonObject.builder()
        .put("statement", new String(by.sign(statement.text()).bytes(), StandardCharsets.UTF_8))
        .put("count", counts.getOrDefault(name, 0L))
        .put("salt", stated.counts().get(index).salt().base64())
        .put("index", index)
        .put("proof", texts(stated.proof(index)))
        .build();
  }

  public JsonObject header(String tenant, JsonObject query, JsonObject counts) throws Exception {
    return JsonObject.builder()
        .put("bundle", "counterfoil-audit/1")
        .put("origin", ORIGIN)
        .put("key", signer.key().toString())
        .put("policy", "log " + signer.key() + "\nquorum none\n")
        .put(
            "checkpoint",
            new String(checkpoint(log.size()).sign(signer).bytes(), StandardCharsets.UTF_8))
        .put("domain", DOMAIN)
        .put("tenant", tenant)
        .put("query", query)
        .put("counts", counts)
        .build();
  }

  public JsonObject since(String tenant, int size) throws Exception {
    return counts(tenant, size, 0).with("log", goesOn(size, log.size()));
  }

  private List<String> goesOn(int size, int later) throws Exception {
    return texts(SharedProof.goingOn(hashes(), size, later));
  }

  public static SignedNote cosigned(String text, CosignatureSigner by) throws Exception {
    return new SignedNote(text, List.of(Cosignature.make(text, SAID_AT, by).line()));
  }

  /**
   * A custodian's word in the header of a bundle of the log's first so many events.
   *
   * @param held he says that he holds so many
   * @param counted he counts the tenant's among so many; 0 for no count
   * @param fewer and states so many fewer than there are
   */
  public JsonObject word(
      CosignatureSigner by, int bundle, int held, String tenant, int counted, int fewer)
      throws Exception {
    String text = checkpoint(held).text();
    JsonObject word =
        JsonObject.builder()
            .put("custodian", by.key().toString())
            .put("note", new String(cosigned(text, by).bytes(), StandardCharsets.UTF_8))
            .put("log", goesOn(Math.min(held, bundle), Math.max(held, bundle)))
            .build();
    return counted == 0
        ? word
        : word.with(
            "counts",
            counts(tenant, counted, fewer, said -> cosigned(said, by))
                .with("log", goesOn(counted, bundle)));
  }

  /** A line that shows an event, which stands last in it and in its canonical form. */
  public JsonObject event(int position, Optional<Long> n) throws Exception {
    StoredEvent one = log.get(position);
    JsonObject.Builder line = JsonObject.builder().put("position", position);
    n.ifPresent(number -> line.put("n", number));
    return line.put("salt", HexFormat.of().formatHex(one.salt()))
        .put("event", StrictJson.object(one.event().canonicalBytes(), AuditEvent.BYTES_MAX))
        .build();
  }

  JsonObject gone(int position, long n) throws Exception {
    StoredEvent one = log.get(position);
    return JsonObject.builder()
        .put("position", position)
        .put("n", n)
        .put("digest", AuditLeaf.of(one.salt(), one.event().canonicalBytes()).digest().base64())
        .build();
  }

  /** The proof of lines that stand before it. */
  public JsonObject proof(List<JsonObject> lines) throws Exception {
    long[] positions =
        lines.stream()
            .mapToLong(line -> (Long) Objects.requireNonNull(line.get("position")))
            .toArray();
    return JsonObject.builder()
        .put("proof", texts(SharedProof.make(hashes(), log.size(), positions)))
        .build();
  }

  /**
   * Lines of a whole bundle.
   *
   * @param without positions that are left out, the rest numbered as if they had never been
   * @param gone positions of which the leaf alone is there
   */
  public List<JsonObject> lines(String tenant, int since, Set<Integer> without, Set<Integer> gone)
      throws Exception {
    List<JsonObject> lines = new ArrayList<>();
    long n = 0;
    long events = 0;
    for (int i = 0; i < log.size(); i++) {
      if (!log.get(i).event().tenant().equals(tenant) || without.contains(i)) {
        continue;
      }
      if (i >= since) {
        lines.add(gone.contains(i) ? gone(i, n) : event(i, Optional.of(n)));
        events += gone.contains(i) ? 0 : 1;
      }
      n++;
    }
    JsonObject.Builder end = JsonObject.builder().put("end", true).put("events", events);
    if (lines.size() > events) {
      end.put("deleted", lines.size() - events);
    }
    lines.add(proof(lines));
    lines.add(end.build());
    return lines;
  }

  public static String text(JsonObject header, List<JsonObject> lines) {
    StringBuilder text = new StringBuilder().append(header).append('\n');
    lines.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }
}
