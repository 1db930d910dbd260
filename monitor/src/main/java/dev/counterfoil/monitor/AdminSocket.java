package dev.counterfoil.monitor;

import dev.counterfoil.audit.access.AuditDamagedException;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditserver.events.AuditDesk;
import dev.counterfoil.auditserver.events.AuditStream;
import dev.counterfoil.auditserver.events.StaffTasks;
import dev.counterfoil.auditserver.events.TraceDesk;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.monitor.auditlog.MonitorAudit;
import dev.counterfoil.monitor.findings.FindingQuery;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.incidents.IncidentDesk;
import dev.counterfoil.monitor.issued.AcknowledgementReport;
import dev.counterfoil.monitor.issued.CanaryDesk;
import dev.counterfoil.monitor.issued.KeyReport;
import dev.counterfoil.monitor.notifying.Notifier;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import jdk.net.ExtendedSocketOptions;

/**
 * The operator's way in: a Unix socket that takes one question, a line of JSON, and answers with
 * lines of JSON, the last of which is {@code {"end":true}} or {@code {"error":"..."}}. Only root
 * and the user that runs the monitor may ask; the kernel says who is at the other end
 * (SO_PEERCRED).
 *
 * <p>An empty line comes first, at once: whoever asks knows that the question was taken, however
 * long the answer takes.
 *
 * <p>Questions: {@code {"ask":"findings"}} with {@code after}, {@code since}, {@code kind}, {@code
 * severity}, {@code kid}, {@code limit}, {@code follow} and {@code wait_ms}, how long to wait for
 * the first; {@code {"ask":"forged-keys"}}; {@code {"ask":"incidents","all":true}}; {@code
 * {"ask":"incident","id":1}}; {@code {"ask":"incident-change","id":1,"do":"note","text":"..."}};
 * {@code {"ask":"report","kid":"..."}}; {@code {"ask":"counts","kid":"..."}}; {@code
 * {"ask":"acknowledgements","domain":"...","after":0}}; {@code {"ask":"canaries","domain":"..."}};
 * {@code {"ask":"watch-canary","domain":"...","kid":"...","note":"..."}}; {@code
 * {"ask":"audit-search","domain":"...","tenant":"...","query":{}}}, {@code audit-export} the same,
 * with {@code since}, {@code audit-trace} the same, {@code audit-stream} with {@code follow};
 * {@code {"ask":"audit-tenants","size":0}}; {@code
 * {"ask":"audit-hold","do":"add","domain":"...","tenant":"...","reason":"..."}}; {@code
 * {"ask":"audit-import","domain":"...","tenant":"...","source":"...","file":"...","digest":"...",
 * "first_line":1,"last_line":9,"bytes":4711}} with so many bytes of NDJSON behind the line; {@code
 * {"ask":"audit-forget","do":"look","domain":"...","tenant":"...","name":"..."}}, with {@code
 * ground} to {@code forget}; {@code {"ask":"audit-check"}}; {@code {"ask":"notify-list"}}; {@code
 * {"ask":"notify-test","channel":"..."}}; {@code {"ask":"status"}}.
 */
public final class AdminSocket implements AutoCloseable {
  static final int QUESTION_BYTES_MAX = 16 * 1024;

  private static final System.Logger LOG = System.getLogger(AdminSocket.class.getName());

  /** How often it is looked anew for one who follows, though nothing changed. */
  private static final Duration FOLLOW_EVERY = Duration.ofSeconds(1);

  private static final long WAIT_MS_MAX = 60_000;

  /** Says how the monitor is. */
  @FunctionalInterface
  public interface Status {
    JsonObject status();
  }

  private final Path path;
  private final ServerSocketChannel server;
  private final UnixUsers users;
  private final FindingStore findings;
  private final IncidentDesk incidents;
  private final KeyReport report;
  private final AcknowledgementReport acknowledgements;
  private final CanaryDesk canaries;
  private final AuditDesk audit;
  private final TraceDesk traces;
  private final Notifier notifier;
  private final MonitorAudit log;
  private final Supplier<List<JsonObject>> rules;
  private final Status status;

  private AdminSocket(
      Path path,
      ServerSocketChannel server,
      UnixUsers users,
      FindingStore findings,
      IncidentDesk incidents,
      KeyReport report,
      AcknowledgementReport acknowledgements,
      CanaryDesk canaries,
      AuditDesk audit,
      TraceDesk traces,
      Notifier notifier,
      MonitorAudit log,
      Supplier<List<JsonObject>> rules,
      Status status) {
    this.rules = rules;
    this.path = path;
    this.server = server;
    this.users = users;
    this.findings = findings;
    this.incidents = incidents;
    this.report = report;
    this.acknowledgements = acknowledgements;
    this.canaries = canaries;
    this.audit = audit;
    this.traces = traces;
    this.notifier = notifier;
    this.log = log;
    this.status = status;
  }

  /** Listens; the caller holds the lock of the data folder, so a socket that is there is stale. */
  public static AdminSocket listen(
      Path path,
      UnixUsers users,
      FindingStore findings,
      IncidentDesk incidents,
      KeyReport report,
      AcknowledgementReport acknowledgements,
      CanaryDesk canaries,
      AuditDesk audit,
      TraceDesk traces,
      Notifier notifier,
      MonitorAudit log,
      Supplier<List<JsonObject>> rules,
      Status status)
      throws IOException {
    Files.deleteIfExists(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    AdminSocket socket =
        new AdminSocket(
            path,
            server,
            users,
            findings,
            incidents,
            report,
            acknowledgements,
            canaries,
            audit,
            traces,
            notifier,
            log,
            rules,
            status);
    Thread.ofVirtual().name("admin-accept").start(socket::accept);
    return socket;
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel channel = server.accept();
        Thread.ofVirtual().name("admin").start(() -> serve(channel));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "admin socket: {0}", e.toString());
      }
    }
  }

  private void serve(SocketChannel channel) {
    try (channel;
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
      UserPrincipal user = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
      if (users.nameOf(user).isEmpty()) {
        String peer = user.getName();
        LOG.log(System.Logger.Level.WARNING, "admin socket: user {0} is not allowed", peer);
        log.refusedPeer(peer);
        line(out, error("user " + peer + " is not allowed: ask as " + users));
        return;
      }
      try {
        InputStream in = Channels.newInputStream(channel);
        JsonObject question = question(in);
        // Whoever it is by: root, too, may ask.
        String by = users.nameOf(user).orElseThrow();
        answer(question, new Asking(in, by), out);
        line(out, JsonObject.builder().put("end", true).build());
      } catch (FormatException | AuditDamagedException | StaffTasks.EndedException e) {
        line(out, error(String.valueOf(e.getMessage())));
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "admin socket: {0}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static JsonObject error(String message) {
    return JsonObject.builder().put("error", message).build();
  }

  private static JsonObject question(InputStream in) throws IOException, FormatException {
    byte[] line = new byte[QUESTION_BYTES_MAX];
    int length = 0;
    for (int next = in.read(); next != '\n' && next >= 0; next = in.read()) {
      if (length == line.length) {
        throw new FormatException("question is longer than " + QUESTION_BYTES_MAX + " bytes");
      }
      line[length++] = (byte) next;
    }
    return StrictJson.object(Arrays.copyOf(line, length), QUESTION_BYTES_MAX);
  }

  /**
   * Who asks.
   *
   * @param in what comes behind the question
   * @param by his name
   */
  private record Asking(InputStream in, String by) {
    byte[] body(JsonObject question) throws IOException, FormatException {
      long length = question.number("bytes");
      if (length < 1 || length > MonitorAdmin.IMPORT_BYTES_MAX) {
        throw new FormatException("a batch has 1 to " + MonitorAdmin.IMPORT_BYTES_MAX + " bytes");
      }
      byte[] body = in.readNBytes((int) length);
      if (body.length < length) {
        throw new FormatException("the batch is shorter than it says");
      }
      return body;
    }
  }

  private void answer(JsonObject question, Asking asking, OutputStream out)
      throws IOException, FormatException, InterruptedException {
    String ask = question.string("ask");
    if (!MonitorAudit.isKnown(ask)) {
      throw unknown();
    }
    log.asked(ask, question, asking.by());
    AuditDesk desk = audit.as(asking.by());
    if (IncidentDesk.isAnswered(ask)) {
      out.write('\n');
      out.flush();
      incidents.answer(question, asking.by(), desk.reader(), line -> line(out, line));
      return;
    }
    out.write('\n');
    out.flush();
    switch (ask) {
      case "findings" -> listFindings(question, out);
      case "forged-keys" -> listForgedKeys(out);
      case "rules" -> {
        for (JsonObject rule : rules.get()) {
          line(out, rule);
        }
      }
      case "report" ->
          report.write(
              question.string("kid"),
              log.tokensOf(question.string("kid")),
              line -> line(out, line));
      case "counts" -> report.writeCounts(question.string("kid"), line -> line(out, line));
      case "acknowledgements" ->
          acknowledgements.write(
              question.string("domain"),
              question.has("after") ? question.number("after") : 0,
              line -> line(out, line));
      case "watch-canary" -> canaries.watch(question);
      case "canaries" -> canaries.list(question.string("domain"), line -> line(out, line));
      case "audit-search" -> desk.search(question, line -> line(out, line));
      case "audit-stream" -> desk.stream(question, flushed(out));
      case "audit-export" -> desk.export(question, line -> line(out, line));
      case "audit-tenants" -> desk.tenants(question, line -> line(out, line));
      case "staff-begin", "staff-end", "staff-tasks" ->
          desk.staff(ask, question, line -> line(out, line));
      case "audit-hold" -> desk.hold(question, line -> line(out, line));
      case "audit-import" ->
          desk.takeImport(question, asking.body(question), asking.by(), line -> line(out, line));
      case "audit-forget" -> desk.forget(question, line -> line(out, line));
      case "audit-check" -> desk.check(line -> line(out, line));
      case "audit-trace" ->
          line(
              out,
              traces.trace(
                  AuditDesk.fence(question),
                  texts(question),
                  desk.reader(AuditDesk.fence(question), Operation.AUDIT_TRACE)));
      case "notify-list" -> notifier.list(line -> line(out, line));
      case "notify-test" ->
          notifier.test(question.optionalString("channel"), line -> line(out, line));
      case "status" -> line(out, status.status());
      default -> throw unknown();
    }
  }

  private static FormatException unknown() {
    return new FormatException(
        "ask for findings, suppress, suppressions, suppression-approve, suppression-end, finding-feedback, rules, reports, report-link, report-close, forged-keys, incidents, incident, incident-change, report, counts, acknowledgements, canaries, audit-search,"
            + " audit-stream, audit-export, audit-trace, audit-tenants, staff-begin, staff-end, staff-tasks, audit-hold, audit-import, audit-forget, audit-check,"
            + " notify-list, notify-test or status");
  }

  private static Function<String, Optional<String>> texts(JsonObject question)
      throws FormatException {
    JsonObject query = question.object("query");
    return name -> query.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  private static AuditStream.Lines flushed(OutputStream out) {
    return new AuditStream.Lines() {
      @Override
      public void line(JsonObject line) throws IOException {
        AdminSocket.line(out, line);
      }

      @Override
      public void flush() throws IOException {
        out.flush();
      }
    };
  }

  private void listFindings(JsonObject question, OutputStream out)
      throws IOException, FormatException, InterruptedException {
    boolean follow = question.has("follow") && question.truth("follow");
    long waitMillis = question.optionalNumber("wait_ms").orElse(0L);
    if (waitMillis < 0 || waitMillis > WAIT_MS_MAX) {
      throw new FormatException("wait_ms is at most " + WAIT_MS_MAX);
    }
    long deadline = System.nanoTime() + waitMillis * 1_000_000;
    FindingStore.Query query =
        FindingQuery.parse(
            name ->
                Optional.ofNullable(question.get(name))
                    .filter(value -> value instanceof String || value instanceof Long)
                    .map(String::valueOf));
    while (true) {
      long seen = findings.changes();
      List<FindingStore.Kept> page = findings.list(query);
      for (FindingStore.Kept finding : page) {
        line(out, finding.json());
      }
      if (!page.isEmpty()) {
        query = query.after(page.get(page.size() - 1).id());
        out.flush();
      }
      boolean more = page.size() == FindingStore.PAGE_MAX;
      long left = deadline - System.nanoTime();
      boolean waits = page.isEmpty() && left > 0;
      if (!follow && !waits && (!more || question.has("limit"))) {
        return;
      }
      if (!more) {
        findings.await(seen, follow ? FOLLOW_EVERY : Duration.ofNanos(left));
      }
    }
  }

  private void listForgedKeys(OutputStream out) throws IOException {
    List<JsonObject> keys = new ArrayList<>();
    findings.forgedByKey(
        key ->
            keys.add(
                JsonObject.builder()
                    .put("kid", key.kid())
                    .put("count", key.count())
                    .put("two_histories", key.twoHistories())
                    .build()));
    for (JsonObject key : keys) {
      line(out, key);
    }
  }

  private static void line(OutputStream out, JsonObject line) throws IOException {
    out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    server.close();
    audit.close();
    Files.deleteIfExists(path);
  }
}
