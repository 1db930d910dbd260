package dev.counterfoil.drills.log;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Care;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.intake.AuditKeyFile;
import dev.counterfoil.audit.intake.IntakeAnswer;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SharedProof;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An audit log of a throwaway installation, with a mail service that reports, and its files open.
 */
final class AuditStage implements AutoCloseable {
  /** No outline of an event here is longer. */
  private static final int SEALED_FROM = 200;

  private static final Fence ACME = new Fence("trial", "acme");
  private static final Source MAIL = new Source("trial", "mail", Optional.empty());
  private static final Reader ANALYST =
      new Reader("analyst", Optional.empty(), Optional.of("192.0.2.9"));
  private static final String ORIGIN = "counterfoil-monitor/audit";
  private static final int LINE_BYTES_MAX = 1 << 20;
  private static final long PATIENCE_MS = 60_000;

  private final Path folder;
  private final Path data;
  private final InstantSource clock;
  private final SecureRandom random;
  private final long began;
  private final List<String> told = new CopyOnWriteArrayList<>();
  private @Nullable Auditor auditor;
  private int recorded;

  /**
   * What a check found.
   *
   * @param differences in words
   * @param exported whether an export was whole all the same
   */
  record Found(List<String> differences, boolean exported) {
    Found {
      differences = List.copyOf(differences);
    }

    int count() {
      return differences.size();
    }

    Found andAnExport() {
      return new Found(differences, true);
    }

    /** Whether an event is named. */
    boolean names(long position) {
      return differences.stream()
          .anyMatch(one -> one.matches("(?s).*\\b(event|record|position) " + position + "\\b.*"));
    }

    @Override
    public String toString() {
      return differences.isEmpty() ? "a check finds nothing" : differences.getFirst();
    }
  }

  AuditStage(Path folder, InstantSource clock, SecureRandom random) throws IOException {
    this.folder = folder;
    this.data = folder.resolve("audit");
    this.clock = clock;
    this.random = random;
    this.began = clock.millis();
    this.auditor = start(data);
  }

  /** Small files, written as soon as everything is recorded. */
  private Auditor start(Path there) throws IOException {
    return Auditor.start(
        new Auditor.Settings(
            there, ORIGIN, new JournalOptions(1 << 20, 0), 1_000_000, 300, Long.MAX_VALUE),
        new Care(() -> true, told::add),
        clock,
        random,
        failure -> told.add("failed: " + failure));
  }

  private Auditor auditor() {
    if (auditor == null) {
      throw new IllegalStateException("the audit log is closed");
    }
    return auditor;
  }

  private JsonObject event(int number, String client) {
    String tenant = number % 4 == 0 ? "globex" : "acme";
    return JsonObject.builder()
        .put("activity_id", 1)
        .put("category_uid", 6)
        .put("class_uid", 6005)
        .put("type_uid", 600501)
        .put("severity_id", 1)
        .put("time", began + number)
        .put("message", "message " + number)
        .put(
            "metadata",
            JsonObject.builder()
                .put("version", "1.8.0")
                .put("product", JsonObject.builder().put("name", "Drill mail").build())
                .put("tenant_uid", tenant)
                .put("sequence", number)
                .build())
        .put("actor", JsonObject.builder().put("app_uid", client).build())
        .put("src_endpoint", JsonObject.builder().put("ip", "203.0.113.7").build())
        .put(
            "databucket",
            JsonObject.builder()
                .put("name", "alice@" + tenant + ".example")
                .put("type_id", 99)
                .build())
        .build();
  }

  private static byte[] lines(List<JsonObject> events) {
    StringBuilder text = new StringBuilder();
    events.forEach(event -> text.append(event).append('\n'));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Has events reported, and waits until they are in a file.
   *
   * @param alone the number of one that comes in a batch of its own
   */
  void record(int events, int alone) throws IOException, InterruptedException {
    recorded = events;
    report(0, alone);
    report(alone, alone + 1);
    report(alone + 1, events);
    for (long waited = 0; waited < PATIENCE_MS && files().isEmpty(); waited += 20) {
      Thread.sleep(20);
    }
    if (files().size() != 1) {
      throw new IOException("the events are not in one file: " + files());
    }
  }

  private void report(int from, int to) throws IOException {
    List<JsonObject> all = new ArrayList<>();
    for (int i = from; i < to; i++) {
      all.add(event(i, "mail-app"));
    }
    IntakeAnswer answer = auditor().take(MAIL, lines(all));
    if (!(answer instanceof IntakeAnswer.Taken taken) || taken.recorded() != to - from) {
      throw new IOException("the events are not recorded: " + answer);
    }
  }

  /** Where an event stands: they were reported in their order, before anything else. */
  long position(int number) {
    return number;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(data.resolve("store"))) {
      return all.filter(file -> file.toString().endsWith(".parquet")).toList();
    }
  }

  String export() throws IOException, FormatException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    auditor().export(ACME, EventQuery.parse(name -> Optional.empty()), ANALYST, out);
    return out.toString(StandardCharsets.UTF_8);
  }

  /** Whether an export comes out whole and checks. */
  boolean exports() {
    try {
      return verdict(export()).startsWith("complete");
    } catch (IOException | FormatException e) {
      return false;
    }
  }

  String verdict(String bundle) throws IOException {
    try {
      AuditBundle.Proved proved =
          AuditBundle.check(
              new ByteArrayInputStream(bundle.getBytes(StandardCharsets.UTF_8)), auditor().key());
      return (proved.complete() ? "complete: " : "not complete: ") + proved.events() + " events";
    } catch (FormatException e) {
      return "refused: " + e.getMessage();
    }
  }

  Found check() throws IOException, InterruptedException {
    List<String> differences = new ArrayList<>();
    auditor().check(differences::add);
    differences.addAll(told);
    told.clear();
    return new Found(differences, false);
  }

  /** What he tries with an event through the interfaces that there are. */
  Map<String, IntakeAnswer> tries(int number) throws IOException {
    Map<String, IntakeAnswer> tries = new LinkedHashMap<>();
    tries.put(
        "the event reported again, with another client",
        auditor().take(MAIL, lines(List.of(event(number, "somebody")))));
    tries.put(
        "the event reported again, as it was",
        auditor().take(MAIL, lines(List.of(event(number, "mail-app")))));
    tries.put(
        "an event in the auditor's name",
        auditor()
            .take(
                new Source("trial", Source.AUDITOR, Optional.empty()),
                lines(List.of(event(recorded + 1, "mail-app")))));
    tries.put(
        "an event for a tenant that the source may not report for",
        auditor()
            .take(
                new Source("trial", "other", Optional.of("initech")),
                lines(List.of(event(number, "mail-app")))));
    return tries;
  }

  /** Does something while a file of the store is written anew by a tool of the administrator's. */
  Found withFileRewritten(String select, long position, Callable<Found> meanwhile)
      throws Exception {
    Path file = files().getFirst();
    Path kept = folder.resolve("kept.parquet");
    Path changed = folder.resolve("changed.parquet");
    Files.copy(file, kept, StandardCopyOption.REPLACE_EXISTING);
    try (Connection tool = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = tool.createStatement()) {
      statement.execute(
          "COPY ("
              + select.formatted(position, "read_parquet('" + kept + "')")
              + ") TO '"
              + changed
              + "' (FORMAT parquet)");
    } catch (SQLException e) {
      throw new IOException("the administrator's tool fails", e);
    }
    Files.move(changed, file, StandardCopyOption.REPLACE_EXISTING);
    try {
      return meanwhile.call();
    } finally {
      Files.move(kept, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Does something while a byte of an event is another one in the journal. */
  Found withJournalByteChanged(int number, Callable<Found> meanwhile) throws Exception {
    Path journal = data.resolve("journal");
    int leaf = (int) position(number) * Hash.BYTES;
    byte[] digest =
        Arrays.copyOfRange(
            Files.readAllBytes(data.resolve("public/digests")), leaf, leaf + Hash.BYTES);
    try (Stream<Path> segments = Files.list(journal)) {
      for (Path segment : segments.toList()) {
        byte[] bytes = Files.readAllBytes(segment);
        int at = indexOf(bytes, digest);
        if (at >= 0) {
          // Behind its leaf's digest and its outline the event is sealed.
          return withByteChanged(segment, at + Hash.BYTES + SEALED_FROM, meanwhile);
        }
      }
    }
    throw new IOException("the event is in no segment");
  }

  /** Does something while an event's leaf is another one in the tree's files. */
  Found withLeafChanged(int number, Callable<Found> meanwhile) throws Exception {
    return withByteChanged(
        data.resolve("public/digests"), (int) position(number) * Hash.BYTES, meanwhile);
  }

  private static Found withByteChanged(Path file, int at, Callable<Found> meanwhile)
      throws Exception {
    flip(file, at);
    byte[] changed = Files.readAllBytes(file);
    try {
      return meanwhile.call();
    } finally {
      // Unless the log has mended it by itself.
      if (Files.readAllBytes(file)[at] == changed[at]) {
        flip(file, at);
      }
    }
  }

  /** In its place, as an editor of disks does. */
  private static void flip(Path file, int at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      one.put(0, (byte) (one.get(0) ^ 1)).rewind();
      channel.write(one, at);
    }
  }

  private static int indexOf(byte[] bytes, byte[] words) {
    for (int at = 0; at + words.length <= bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + words.length, words, 0, words.length)) {
        return at;
      }
    }
    return -1;
  }

  /**
   * Bundles that lack an event, whose others have proofs that hold, and that are believed all the
   * same.
   */
  List<String> believedWithout(String bundle, int number) throws IOException, FormatException {
    List<String> lines = new ArrayList<>(bundle.lines().toList());
    List<String> believed = new ArrayList<>();
    int middle = -1;
    for (int i = 1; i < lines.size() - 1; i++) {
      middle = lines.get(i).contains("message " + number + "\"") ? i : middle;
    }
    // Behind the last event stands its proof.
    for (int without : List.of(1, middle, lines.size() - 3)) {
      String verdict = verdict(without(lines, without));
      if (!verdict.startsWith("refused")) {
        believed.add("line " + (without + 1) + ": " + verdict);
      }
    }
    return believed;
  }

  private String without(List<String> lines, int without) throws FormatException {
    StringBuilder changed = new StringBuilder().append(lines.getFirst()).append('\n');
    long size =
        Checkpoint.parse(
                SignedNote.parse(
                        line(lines.getFirst())
                            .string("checkpoint")
                            .getBytes(StandardCharsets.UTF_8))
                    .text())
            .size();
    List<Long> shown = new ArrayList<>();
    long n = 0;
    for (int i = 1; i < lines.size() - 1; i++) {
      JsonObject line = line(lines.get(i));
      if (line.has("proof")) {
        changed.append(proof(shown, size)).append('\n');
        shown.clear();
      } else if (i != without) {
        shown.add(line.number("position"));
        changed.append(line.with("n", n++)).append('\n');
      }
    }
    return changed.append(line(lines.getLast()).with("events", n)).append('\n').toString();
  }

  /** Who has the log can make the proof of whatever stands in it. */
  private JsonObject proof(List<Long> positions, long size) {
    try {
      List<String> hashes = new ArrayList<>();
      for (Hash hash :
          SharedProof.make(
              auditor().reader().hashes(size),
              size,
              positions.stream().mapToLong(Long::longValue).toArray())) {
        hashes.add(hash.base64());
      }
      return JsonObject.builder().put("proof", hashes).build();
    } catch (HashSource.UnavailableException e) {
      throw new IllegalStateException("the log has its own hashes", e);
    }
  }

  private static JsonObject line(String text) throws FormatException {
    return StrictJson.object(text.getBytes(StandardCharsets.UTF_8), LINE_BYTES_MAX);
  }

  /**
   * Writes a log anew without an event, signed with the same key, and holds it against the
   * checkpoint in a bundle that a tenant kept.
   */
  String rewriteWithout(int number, String bundle) throws Exception {
    Path anew = folder.resolve("anew");
    Files.createDirectories(anew);
    for (String name : List.of("log.key", AuditKeyFile.PUBLIC)) {
      Files.copy(data.resolve(name), anew.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
    }
    Checkpoint kept =
        Checkpoint.verify(
            line(bundle.lines().findFirst().orElseThrow())
                .string("checkpoint")
                .getBytes(StandardCharsets.UTF_8),
            auditor().key());
    try (Auditor second = start(anew)) {
      List<JsonObject> others = new ArrayList<>();
      for (int i = 0; i < recorded + 10; i++) {
        if (i != number) {
          others.add(event(i, "mail-app"));
        }
      }
      second.take(MAIL, lines(others));
      for (long waited = 0; waited < PATIENCE_MS; waited += 20) {
        if (second
            .reader()
            .published()
            .filter(now -> now.checkpoint().size() > kept.size())
            .isPresent()) {
          break;
        }
        Thread.sleep(20);
      }
      return against(second.reader(), kept, second);
    }
  }

  private static String against(LogReader reader, Checkpoint kept, Auditor second)
      throws IOException {
    LogCheck alone =
        new LogChecker(reader, second.key(), Optional.empty(), Optional.empty(), (done, all) -> {})
            .check();
    LogCheck both =
        new LogChecker(reader, second.key(), Optional.of(kept), Optional.empty(), (done, all) -> {})
            .check();
    if (alone instanceof LogCheck.Sound && both instanceof LogCheck.Different different) {
      return "convicted: the new log is sound by itself, and " + different.description();
    }
    return "alone: " + alone + "; with the checkpoint that was kept: " + both;
  }

  @Override
  public void close() {
    Auditor open = auditor;
    auditor = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        throw new UncheckedIOException("the audit log does not close", e);
      }
    }
  }
}
