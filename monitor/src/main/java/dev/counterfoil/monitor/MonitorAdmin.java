package dev.counterfoil.monitor;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The command line's end of the monitor's admin socket. */
public final class MonitorAdmin {
  /** Longest line of an answer, in bytes. */
  private static final int LINE_BYTES_MAX = 64 << 20;

  /** Most bytes of a batch that is imported. */
  public static final int IMPORT_BYTES_MAX = 4 << 20;

  /** How long the monitor may take to begin its answer: it takes a question at once. */
  private static final Duration BEGINS_WITHIN = Duration.ofSeconds(10);

  private final Path socket;
  private final Duration beginsWithin;

  /** The monitor answered, and says no, with its reason. */
  public static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /** Takes one line of an answer. */
  @FunctionalInterface
  public interface Lines {
    void line(JsonObject line) throws IOException;
  }

  public MonitorAdmin(Path socket) {
    this(socket, BEGINS_WITHIN);
  }

  /**
   * With a deadline of one's own.
   *
   * @param beginsWithin how long the first line of an answer may take
   */
  public MonitorAdmin(Path socket, Duration beginsWithin) {
    this.socket = socket;
    this.beginsWithin = beginsWithin;
  }

  /** All findings that a question selects; see the members of {@code {"ask":"findings"}}. */
  public void findings(JsonObject filter, Lines lines) throws IOException {
    JsonObject.Builder question = JsonObject.builder().put("ask", "findings");
    for (String name : filter.names()) {
      switch (filter.get(name)) {
        case String text -> question.put(name, text);
        case Long number -> question.put(name, number);
        case Boolean truth -> question.put(name, truth);
        case null, default ->
            throw new IllegalArgumentException("a filter has texts, numbers and truth values");
      }
    }
    ask(question.build(), lines);
  }

  /**
   * The keys that signed tokens outside their signers, by all open findings: lines with {@code kid}
   * and {@code count}.
   */
  public void forgedKeys(Lines lines) throws IOException {
    ask(JsonObject.builder().put("ask", "forged-keys").build(), lines);
  }

  /** Incidents, the newest first: lines. */
  public void incidents(boolean all, Lines lines) throws IOException {
    ask(JsonObject.builder().put("ask", "incidents").put("all", all).build(), lines);
  }

  /** One incident with its findings, what it touched, and what is not known: one line. */
  public void incident(long id, Lines lines) throws IOException {
    ask(JsonObject.builder().put("ask", "incident").put("id", id).build(), lines);
  }

  /** Changes an incident: {@code own}, {@code note}, {@code close} or {@code reopen}. */
  public void changeIncident(long id, String what, String text) throws IOException {
    ask(
        JsonObject.builder()
            .put("ask", "incident-change")
            .put("id", id)
            .put("do", what)
            .put("text", text)
            .build(),
        line -> {});
  }

  /**
   * Asks the desks of findings, reports and rules: {@code suppress}, {@code suppressions}, {@code
   * suppression-approve}, {@code suppression-end}, {@code finding-feedback}, {@code rules}, {@code
   * reports}, {@code report-link} or {@code report-close}.
   */
  public void ask(String ask, JsonObject question, Lines lines) throws IOException {
    ask(question.with("ask", ask), lines);
  }

  /** Every token that was signed with a key, every one presented and not among them, a summary. */
  public void report(String kid, Lines lines) throws IOException {
    ask(JsonObject.builder().put("ask", "report").put("kid", kid).build(), lines);
  }

  /**
   * How many tokens of a key were signed by audience, and how many of them sighted by service: the
   * report's summary alone.
   */
  public void counts(String kid, Lines lines) throws IOException {
    ask(JsonObject.builder().put("ask", "counts").put("kid", kid).build(), lines);
  }

  /**
   * What verifiers of a domain said since a revision, which services and audiences are known, and a
   * summary: lines whose {@code type} is {@code instance}, {@code service}, {@code audience} and,
   * at the end, {@code summary} with the {@code revision} to ask after next.
   */
  public void acknowledgements(String domain, long after, Lines lines) throws IOException {
    ask(
        JsonObject.builder()
            .put("ask", "acknowledgements")
            .put("domain", domain)
            .put("after", after)
            .build(),
        lines);
  }

  /** Watches a decoy key: from then on its use is a finding. Durable when it returns. */
  public void watchCanary(String domain, String kid, String note) throws IOException {
    ask(
        JsonObject.builder()
            .put("ask", "watch-canary")
            .put("domain", domain)
            .put("kid", kid)
            .put("note", note)
            .build(),
        line -> {});
  }

  /** The decoys of a domain, a line each. */
  public void canaries(String domain, Lines lines) throws IOException {
    ask(JsonObject.builder().put("ask", "canaries").put("domain", domain).build(), lines);
  }

  /**
   * Finds audit events of a tenant: lines with {@code position} and {@code event}, and at the end
   * one with {@code indexed}, and {@code next_before} or {@code next_after} when there may be more.
   *
   * @param query texts by their parameters' names
   */
  public void auditSearch(String domain, String tenant, JsonObject query, Lines lines)
      throws IOException {
    ask(audit("audit-search", domain, tenant, query), lines);
  }

  /**
   * Exports audit events of a tenant: lines with {@code bundle_line}, a line of the bundle.
   *
   * @param since sizes of the logs from which on, as a bundle's check says; 0 for everything
   */
  public void auditExport(String domain, String tenant, JsonObject query, String since, Lines lines)
      throws IOException {
    ask(audit("audit-export", domain, tenant, query).with("since", since), lines);
  }

  /**
   * How many audit events each tenant has: one line with {@code statement} and {@code counts}.
   *
   * @param size of the log; empty for now
   */
  public void auditTenants(Optional<Long> size, Lines lines) throws IOException {
    JsonObject.Builder question = JsonObject.builder().put("ask", "audit-tenants");
    size.ifPresent(below -> question.put("size", below));
    ask(question.build(), lines);
  }

  /**
   * Begins, ends or lists tasks of the operator's staff; those that are open by then come as lines.
   *
   * @param ask {@code staff-begin}, {@code staff-end} or {@code staff-tasks}
   * @param task {@code domain}, {@code tenant}, {@code reason} and {@code life} in seconds to begin
   *     one, {@code id} to end one
   */
  public void staffTasks(String ask, JsonObject task, Lines lines) throws IOException {
    ask(task.with("ask", ask), lines);
  }

  /**
   * Adds, removes or lists holds on tenants' audit events; those that there are by then come as
   * lines.
   *
   * @param what {@code add}, {@code remove} or {@code list}
   * @param hold {@code domain}, {@code tenant} and {@code reason}, where there is one
   */
  public void auditHold(String what, JsonObject hold, Lines lines) throws IOException {
    ask(hold.with("ask", "audit-hold").with("do", what), lines);
  }

  /**
   * Brings events of a tenant in: one line, as intake answers, or with {@code again} where the same
   * batch is to be sent again.
   *
   * @param batch {@code domain}, {@code tenant}, {@code source}, {@code file}, {@code digest},
   *     {@code first_line} and {@code last_line}
   * @param ndjson an event a line
   */
  public void auditImport(JsonObject batch, byte[] ndjson, Lines lines) throws IOException {
    ask(batch.with("ask", "audit-import").with("bytes", ndjson.length), ndjson, lines);
  }

  /**
   * Forgets a person of a tenant's audit events, or says who it would be: one line, with {@code
   * refused} where it is not done.
   *
   * @param what {@code look} or {@code forget}
   * @param person {@code domain}, {@code tenant}, {@code name} and {@code ground}
   */
  public void auditForget(String what, JsonObject person, Lines lines) throws IOException {
    ask(person.with("ask", "audit-forget").with("do", what), lines);
  }

  /**
   * Has the audit log read and checked once: lines with {@code difference}, and at the end one with
   * {@code events} and {@code differences}.
   */
  public void auditCheck(Lines lines) throws IOException {
    ask(JsonObject.builder().put("ask", "audit-check").build(), lines);
  }

  /** Traces a token or an entity of a tenant: one line. */
  public void auditTrace(String domain, String tenant, JsonObject query, Lines lines)
      throws IOException {
    ask(audit("audit-trace", domain, tenant, query), lines);
  }

  /**
   * Audit events of a tenant as they come: lines with {@code position} and {@code event}, and now
   * and then one with {@code after}, which says that everything up to there was sent.
   */
  public void auditStream(
      String domain, String tenant, JsonObject query, boolean follow, Lines lines)
      throws IOException {
    JsonObject.Builder question =
        JsonObject.builder()
            .put("ask", "audit-stream")
            .put("domain", domain)
            .put("tenant", tenant)
            .put("query", query)
            .put("follow", follow);
    ask(question.build(), lines);
  }

  private static JsonObject audit(String ask, String domain, String tenant, JsonObject query) {
    return JsonObject.builder()
        .put("ask", ask)
        .put("domain", domain)
        .put("tenant", tenant)
        .put("query", query)
        .build();
  }

  /** The channels on which findings are told: a line each. */
  public void notifyList(Lines lines) throws IOException {
    ask(JsonObject.builder().put("ask", "notify-list").build(), lines);
  }

  /**
   * Sends a test to one channel or to all: a line each with {@code channel}, {@code taken} and
   * {@code why} not.
   */
  public void notifyTest(Optional<String> channel, Lines lines) throws IOException {
    JsonObject.Builder question = JsonObject.builder().put("ask", "notify-test");
    channel.ifPresent(name -> question.put("channel", name));
    ask(question.build(), lines);
  }

  /** How the monitor is: one line. */
  public void status(Lines lines) throws IOException {
    ask(JsonObject.builder().put("ask", "status").build(), lines);
  }

  private void ask(JsonObject question, Lines lines) throws IOException {
    ask(question, new byte[0], lines);
  }

  private void ask(JsonObject question, byte[] body, Lines lines) throws IOException {
    CompletableFuture<Boolean> begun = new CompletableFuture<>();
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // Closing the channel ends a connect, write or read that hangs.
      var _ =
          begun
              .orTimeout(beginsWithin.toMillis(), TimeUnit.MILLISECONDS)
              .whenComplete((done, late) -> close(channel, late));
      channel.connect(UnixDomainSocketAddress.of(socket));
      ask(channel, question, body, lines, () -> begun.complete(true));
    } catch (ClosedChannelException e) {
      throw begun.isCompletedExceptionally()
          ? new IOException(
              "it did not begin to answer within " + beginsWithin.toSeconds() + " s", e)
          : e;
    } catch (FormatException e) {
      throw new IOException("the monitor's answer is malformed", e);
    } finally {
      begun.complete(false);
    }
  }

  private static void close(SocketChannel channel, @Nullable Throwable late) {
    if (late == null) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void ask(
      SocketChannel channel, JsonObject question, byte[] body, Lines lines, Runnable begun)
      throws IOException, FormatException {
    byte[] first = (question + "\n").getBytes(StandardCharsets.UTF_8);
    for (ByteBuffer out : List.of(ByteBuffer.wrap(first), ByteBuffer.wrap(body))) {
      while (out.hasRemaining()) {
        channel.write(out);
      }
    }
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
    for (String text = in.readLine(); text != null; text = in.readLine()) {
      begun.run();
      if (text.isEmpty()) {
        continue;
      }
      JsonObject line = StrictJson.object(text.getBytes(StandardCharsets.UTF_8), LINE_BYTES_MAX);
      if (line.has("end")) {
        return;
      }
      if (line.has("error")) {
        throw new RefusedException("the monitor refuses: " + line.string("error"));
      }
      lines.line(line);
    }
    throw new IOException("the monitor broke off its answer");
  }
}
