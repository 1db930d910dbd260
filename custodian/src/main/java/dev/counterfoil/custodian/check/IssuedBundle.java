package dev.counterfoil.custodian.check;

import dev.counterfoil.custodian.CustodianAnswers;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.verifier.KeyAudit;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks the part of an export that has a tenant's issued tokens (spec/audit-bundle.md): the key
 * log as it was held, and of each log of tokens what a custodian shows the tenant
 * (spec/custody.md). Needs no network, and believes nothing but the policy and the keys that it is
 * given.
 */
public final class IssuedBundle {
  /** What the first line says. */
  public static final String VERSION = "counterfoil-issued/1";

  /** A counterfoil has at most 64 KiB, and stands in base64 with its path. */
  private static final int LINE_BYTES_MAX = 1 << 18;

  /** A file of the key log: 256 entries at most. */
  private static final int FILE_LINE_BYTES_MAX = 32 << 20;

  private static final int FILES_BYTES_MAX = 64 << 20;
  private static final int FILES_MAX = 100_000;
  private static final int LOGS_MAX = 256;
  private static final int PAGE = 200;

  /** How far the clocks of two hosts may be apart: what each may be off. */
  private static final Duration CLOCKS_APART_MAX = Duration.ofSeconds(60);

  /** An event may be ten minutes ahead of the audit log by its own time, and clocks are apart. */
  static final Duration EVENTS_AHEAD_MAX = Duration.ofMinutes(12);

  /**
   * Whom to believe.
   *
   * @param policy of the domain: the key log in the bundle is read from it down
   * @param logs keys of logs that are known otherwise
   * @param custodian whose word on the tenant's number counts; without it the bundle's own says who
   *     it was
   */
  public record Trust(
      Optional<TrustPolicy> policy, List<NoteKey> logs, Optional<CosignerKey> custodian) {
    public Trust {
      logs = List.copyOf(logs);
    }
  }

  /**
   * What came of one log.
   *
   * @param log its key
   * @param from position from which on the bundle goes
   * @param before how many the custodian states below that: with those here they are all
   * @param verdict on the counterfoils
   * @param custodian whose word the number is
   * @param saidAt when he said it, by his word; what was issued later is not there
   * @param published how many entries the log had published by then, or ended with, where that is
   *     more than the custodian held; else 0
   */
  public record OfLog(
      NoteKey log,
      long from,
      long before,
      TenantCheck.Verdict verdict,
      String custodian,
      Optional<Instant> saidAt,
      long published) {
    /** Whether the custodian did not hold all that was published. */
    public boolean isIncomplete() {
      return published > size(this);
    }
  }

  /**
   * What came of it.
   *
   * @param domain trust domain
   * @param tenant whose tokens
   * @param query what was asked for, as the bundle says; empty for all
   * @param keySet what the key log says; empty where no policy was given
   * @param logs each that is in the bundle
   * @param missing logs of tokens that the key log states, and of which the bundle has nothing
   */
  public record Checked(
      String domain,
      String tenant,
      JsonObject query,
      Optional<KeySet> keySet,
      List<OfLog> logs,
      List<String> missing) {
    public Checked {
      logs = List.copyOf(logs);
      missing = List.copyOf(missing);
    }

    /** What is wrong: none where all that is there is proved. */
    public List<String> faults() {
      List<String> faults = new ArrayList<>();
      for (OfLog one : logs) {
        one.verdict().faults().forEach(fault -> faults.add(one.log().name() + ": " + fault));
      }
      return faults;
    }

    /**
     * Logs of which the custodian's word is older than an event that came before it in an export of
     * everything: tokens may have been issued since that are not there.
     *
     * @param newest of the events, by its own time
     */
    public List<String> behind(Instant newest) {
      return query.names().isEmpty()
          ? logs.stream()
              .filter(
                  one ->
                      one.saidAt()
                          .filter(at -> at.plus(EVENTS_AHEAD_MAX).isBefore(newest))
                          .isPresent())
              .map(one -> one.log().name())
              .toList()
          : List.of();
    }

    /** Each log of which the custodian did not hold all that was published. */
    public List<String> incomplete() {
      return logs.stream()
          .filter(OfLog::isIncomplete)
          .map(one -> IssuedBundle.incomplete(one.log(), size(one), one.published()))
          .toList();
    }

    /** How many counterfoils are proved. */
    public long proved() {
      return logs.stream().mapToLong(one -> one.verdict().proved()).sum();
    }
  }

  private final InputStream in;
  private final Trust trust;
  private final Instant now;
  private final TenantCheck.Proved listener;
  private final Map<String, byte[]> keyLog = new HashMap<>();
  private final byte[] block = new byte[1 << 16];
  private int at;
  private int filled;
  private long number;
  private long from;
  private @Nullable JsonObject pending;

  /** When the key log beside the tokens was the newest, as it was verified. */
  private @Nullable Instant keyLogAt;

  private IssuedBundle(
      InputStream in, long linesBefore, Trust trust, Instant now, TenantCheck.Proved listener) {
    this.in = in;
    this.number = linesBefore;
    this.trust = trust;
    this.now = now;
    this.listener = listener;
  }

  /**
   * Checks it.
   *
   * @param linesBefore how many lines of the file stand before it
   * @param listener is given each token once it is proved
   * @throws FormatException naming the line, when it is not of this form, or its key log does not
   *     verify: nothing of it is to be believed
   */
  public static Checked check(
      InputStream in, long linesBefore, Trust trust, Instant now, TenantCheck.Proved listener)
      throws FormatException, IOException, InterruptedException {
    IssuedBundle bundle = new IssuedBundle(in, linesBefore, trust, now, listener);
    try {
      return bundle.read();
    } catch (FormatException e) {
      throw new FormatException("line " + bundle.number + ": " + e.getMessage(), e);
    }
  }

  private Checked read() throws FormatException, IOException, InterruptedException {
    JsonObject header = line();
    header.allowOnly("issued", "domain", "tenant", "query");
    if (!header.string("issued").equals(VERSION)) {
      throw new FormatException("not " + VERSION);
    }
    String domain = header.string("domain");
    String tenant = header.string("tenant");
    JsonObject query = header.object("query");
    boolean whole = query.names().isEmpty();
    readKeyLog();
    Optional<KeySet> keySet = keySet(domain);
    List<OfLog> logs = new ArrayList<>();
    JsonObject line = line();
    for (; line.has("log"); line = line()) {
      if (logs.size() == LOGS_MAX) {
        throw new FormatException("more than " + LOGS_MAX + " logs");
      }
      OfLog next = log(line, tenant, whole, keySet);
      if (logs.stream().anyMatch(one -> one.log().equals(next.log()))) {
        throw new FormatException("log " + next.log().name() + " stands twice");
      }
      logs.add(next);
    }
    line.allowOnly("end", "logs", "tokens");
    long tokens =
        logs.stream().mapToLong(one -> one.verdict().proved() + one.verdict().shredded()).sum();
    if (!line.truth("end") || line.number("logs") != logs.size()) {
      throw new FormatException("it has another number of logs than it says");
    }
    if (tokens != line.number("tokens") && logs.stream().allMatch(IssuedBundle::isProved)) {
      throw new FormatException("it has another number of tokens");
    }
    if (next() >= 0) {
      throw new FormatException("it goes on after its end");
    }
    return new Checked(domain, tenant, query, keySet, logs, missing(keySet, logs));
  }

  private static boolean isProved(OfLog one) {
    return one.verdict().faults().isEmpty();
  }

  private static List<String> missing(Optional<KeySet> keySet, List<OfLog> logs) {
    return keySet.stream()
        .flatMap(set -> set.logs().stream())
        .filter(log -> TokenId.isLogName(log.name()) && !TokenId.isRecordLogName(log.name()))
        .map(log -> log.key().name())
        .filter(origin -> logs.stream().noneMatch(one -> one.log().name().equals(origin)))
        .toList();
  }

  private void readKeyLog() throws FormatException, IOException {
    long bytes = 0;
    JsonObject line = line(FILE_LINE_BYTES_MAX);
    for (; line.has("file"); line = line(FILE_LINE_BYTES_MAX)) {
      line.allowOnly("file", "content");
      byte[] content;
      try {
        content = Base64.getDecoder().decode(line.string("content"));
      } catch (IllegalArgumentException e) {
        throw new FormatException("the content is not base64", e);
      }
      bytes += content.length + line.string("file").length();
      if (keyLog.size() >= FILES_MAX) {
        throw new FormatException("the key log has too many files");
      }
      if (bytes > FILES_BYTES_MAX || keyLog.put(line.string("file"), content) != null) {
        throw new FormatException("the key log is too long, or a file is twice");
      }
    }
    pending = line;
  }

  private Optional<KeySet> keySet(String domain) throws FormatException, IOException {
    if (trust.policy().isEmpty()) {
      return Optional.empty();
    }
    TrustPolicy policy = trust.policy().get();
    if (!policy.domain().equals(domain)) {
      throw new FormatException("the tokens are of another domain than the policy");
    }
    String prefix = KeyLog.url(policy.issuer()) + "/";
    ReadSide files =
        (URI uri, int bytesMax) -> {
          byte[] content = keyLog.get(uri.toString().replace(prefix, ""));
          if (content == null) {
            throw new FileNotFoundException("the key log in the bundle has no " + uri);
          }
          if (content.length > bytesMax) {
            throw new IOException("a file of the key log is too long");
          }
          return content;
        };
    try {
      KeyAudit audit = KeyAudit.read(policy, files, now);
      keyLogAt = audit.asOf();
      return Optional.of(audit.keySet());
    } catch (FormatException e) {
      throw new FormatException("the key log in the bundle does not verify: " + e.getMessage(), e);
    } catch (FileNotFoundException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  private OfLog log(JsonObject line, String tenant, boolean whole, Optional<KeySet> keySet)
      throws FormatException, IOException, InterruptedException {
    NoteKey log = trusted(NoteKey.parse(line.string("log")), keySet);
    CosignerKey custodian =
        trust.custodian().isPresent()
            ? trust.custodian().get()
            : CosignerKey.parse(line.string("custodian"));
    if (line.has("nothing")) {
      line.allowOnly("log", "custodian", "nothing", "published");
      OfLog none = of(log, line.string("nothing"), custodian, 0, 0, nothing(line, log, custodian));
      return published(line, keySet, none);
    }
    line.allowOnly(
        "log",
        "custodian",
        "from",
        "kept_from",
        "statement",
        "head",
        "tenant",
        "count",
        "salt",
        "index",
        "path",
        "since",
        "published");
    from = line.number("from");
    CustodianAnswers answers =
        path ->
            (path.endsWith("/tenant") ? line : page(line, tenant))
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    TenantCheck check = new TenantCheck(custodian, answers);
    try {
      if (!whole || from == 0) {
        TenantCheck.Verdict verdict =
            whole ? check.check(log, tenant, listener) : check.checkSome(log, tenant, listener);
        skipToNext();
        return published(
            line, keySet, of(log, line.string("statement"), custodian, from, 0, verdict));
      }
      EarlierCount earlier = EarlierCount.read(line, tenant, from);
      TenantCheck.Verdict verdict = check.checkSome(log, tenant, listener);
      skipToNext();
      Optional<String> fault = earlier.fault(log, custodian, verdict);
      return published(
          line,
          keySet,
          of(
              log,
              line.string("statement"),
              custodian,
              from,
              earlier.count(),
              fault.isEmpty() ? verdict : verdict.withFault(fault.get())));
    } catch (MalformedPageException e) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  /** With what the log had published by then: by its own checkpoint, or by its end. */
  private static OfLog published(JsonObject line, Optional<KeySet> keySet, OfLog one)
      throws FormatException {
    long published = line.has("published") ? published(line, one.log()) : 0;
    String name = one.log().name().substring(one.log().name().lastIndexOf('/') + 1);
    long ended =
        keySet.stream()
            .flatMap(set -> set.endedLogs().stream())
            .filter(end -> end.log().equals(name))
            .filter(end -> one.saidAt().filter(at -> !at.isBefore(end.at())).isPresent())
            .mapToLong(KeySet.EndedLog::size)
            .max()
            .orElse(0);
    return new OfLog(
        one.log(),
        one.from(),
        one.before(),
        one.verdict(),
        one.custodian(),
        one.saidAt(),
        Math.max(published, ended) > size(one) ? Math.max(published, ended) : 0);
  }

  private static long published(JsonObject line, NoteKey log) throws FormatException {
    byte[] note = line.string("published").getBytes(StandardCharsets.UTF_8);
    return Checkpoint.verify(note, log).size();
  }

  /**
   * Of what logs a file says that they had published more than was held, unchecked: for the one who
   * wrote it.
   *
   * @return each as a sentence
   */
  public static List<String> incomplete(BufferedReader lines) throws IOException {
    List<String> incomplete = new ArrayList<>();
    for (String text = lines.readLine(); text != null; text = lines.readLine()) {
      if (text.contains("\"published\":")) {
        try {
          JsonObject line =
              StrictJson.object(text.getBytes(StandardCharsets.UTF_8), LINE_BYTES_MAX);
          if (line.has("log") && line.has("published")) {
            NoteKey log = NoteKey.parse(line.string("log"));
            byte[] head = line.optionalString("head").orElse("").getBytes(StandardCharsets.UTF_8);
            long held = head.length == 0 ? 0 : Checkpoint.verify(head, log).size();
            incomplete.add(incomplete(log, held, published(line, log)));
          }
        } catch (FormatException e) {
          throw new IOException("a line that was written is malformed", e);
        }
      }
    }
    return incomplete;
  }

  /** What is wrong, for people. */
  public static String incomplete(NoteKey log, long held, long published) {
    return "INCOMPLETE: log %s had published %d entries, and the custodian held %d of them"
        .formatted(log.name(), published, held);
  }

  /**
   * What came of a log. A word that is older than the key log beside it is another export's, or was
   * kept for this: everybody is told of a log that nothing of it is held, before its first token.
   */
  private OfLog of(
      NoteKey log,
      String word,
      CosignerKey custodian,
      long since,
      long before,
      TenantCheck.Verdict verdict)
      throws FormatException {
    Optional<Cosignature> cosignature =
        Cosignature.find(SignedNote.parse(word.getBytes(StandardCharsets.UTF_8)), custodian);
    if (cosignature.isEmpty()) {
      return new OfLog(log, since, before, verdict, custodian.name(), Optional.empty(), 0);
    }
    Instant saidAt = cosignature.get().at();
    Instant newest = keyLogAt;
    boolean isOld = newest != null && saidAt.plus(CLOCKS_APART_MAX).isBefore(newest);
    return new OfLog(
        log,
        since,
        before,
        isOld
            ? verdict.withFault(
                "the custodian said it at %s, and the key log beside it is of %s: what was issued between is not in it"
                    .formatted(saidAt, newest))
            : verdict,
        custodian.name(),
        Optional.of(saidAt),
        0);
  }

  /** Carries what is malformed through the check of what a custodian answers. */
  private static final class MalformedPageException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedPageException(String message, Exception cause) {
      super(message, cause);
    }
  }

  /** The custodian says that it holds nothing of a log. */
  private static TenantCheck.Verdict nothing(JsonObject line, NoteKey log, CosignerKey custodian)
      throws FormatException {
    SignedNote note = SignedNote.parse(line.string("nothing").getBytes(StandardCharsets.UTF_8));
    Checkpoint none = new Checkpoint(log.name(), 0, TreeHasher.EMPTY_ROOT);
    boolean said = note.text().equals(none.text()) && Cosignature.find(note, custodian).isPresent();
    return new TenantCheck.Verdict(
        Optional.of(none),
        0,
        0,
        0,
        false,
        said ? List.of() : List.of("the custodian does not say that it holds nothing of it"));
  }

  private NoteKey trusted(NoteKey stated, Optional<KeySet> keySet) throws FormatException {
    boolean known =
        trust.logs().contains(stated)
            || keySet.stream()
                .flatMap(set -> set.logs().stream())
                .anyMatch(log -> log.key().equals(stated));
    if (!known) {
      throw new FormatException(
          "log "
              + stated.name()
              + " is none whose key is known: the key log that the policy pins does not state it");
    }
    return stated;
  }

  /** As many counterfoils as a custodian gives at once. */
  private JsonObject page(JsonObject log, String tenant) throws IOException {
    try {
      List<JsonObject> counterfoils = new ArrayList<>();
      JsonObject line = line();
      while (line.has("position") && counterfoils.size() < PAGE) {
        if (line.number("position") < from) {
          throw new FormatException("the token lies below position " + from);
        }
        counterfoils.add(line);
        line = line();
      }
      pending = line;
      JsonObject.Builder page =
          JsonObject.builder()
              .put("tenant", tenant)
              .put("kept_from", log.number("kept_from"))
              .put("counterfoils", counterfoils);
      if (line.has("position")) {
        page.put("next", Math.addExact(counterfoils.getLast().number("position"), 1));
      }
      return page.build();
    } catch (FormatException | ArithmeticException e) {
      throw new MalformedPageException(String.valueOf(e.getMessage()), e);
    }
  }

  /** What a check did not want to see any more. */
  private void skipToNext() throws FormatException, IOException {
    JsonObject line = line();
    while (line.has("position")) {
      line = line();
    }
    pending = line;
  }

  private JsonObject line() throws FormatException, IOException {
    return line(LINE_BYTES_MAX);
  }

  private JsonObject line(int bytesMax) throws FormatException, IOException {
    JsonObject seen = pending;
    if (seen != null) {
      pending = null;
      return seen;
    }
    number++;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int read = next();
    for (; read >= 0 && read != '\n'; read = next()) {
      if (bytes.size() == bytesMax) {
        throw new FormatException("it is longer than " + bytesMax + " bytes");
      }
      bytes.write(read);
    }
    if (read < 0) {
      throw new FormatException("the issued tokens break off: some may be missing");
    }
    return StrictJson.object(bytes.toByteArray(), bytesMax);
  }

  private int next() throws IOException {
    if (at == filled) {
      filled = in.read(block);
      at = 0;
      if (filled <= 0) {
        filled = 0;
        return -1;
      }
    }
    return block[at++] & 0xff;
  }

  /** The checkpoint that a verdict is under, for people. */
  public static long size(OfLog one) {
    return one.verdict().head().map(Checkpoint::size).orElse(0L);
  }
}
