package dev.counterfoil.cli.audit.reading;

import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.cli.command.CustodianOptions;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.operations.shipping.PatientBody;
import dev.counterfoil.operations.shipping.RefusedAnswerException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Asks the monitor over HTTP, as a client of the tenant. */
public final class HttpAuditSource implements AuditSource {
  private static final int PAGE_BYTES_MAX = 64 << 20;
  private static final int LINE_BYTES_MAX = 1 << 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** A stream says every few seconds where it is; an export may search for long in between. */
  private static final Duration QUIET_MAX = Duration.ofSeconds(90);

  private final URI monitor;
  private final String token;
  private final Duration quietMax;

  public HttpAuditSource(URI monitor, String token) {
    this(monitor, token, QUIET_MAX);
  }

  HttpAuditSource(URI monitor, String token, Duration quietMax) {
    this.monitor = monitor;
    this.token = token;
    this.quietMax = quietMax;
  }

  /** As its health has it; what only passes the audit log on says nothing. */
  @Override
  public List<String> lost() throws IOException, InterruptedException {
    HttpRequest question =
        HttpRequest.newBuilder(
                URI.create(monitor.toString().replaceAll("/+$", "") + "/health/ready"))
            .timeout(TIMEOUT)
            .build();
    try (HttpClient http = CustodianOptions.http();
        InputStream body =
            new PatientBody(
                http.send(question, HttpResponse.BodyHandlers.ofInputStream()).body(), quietMax)) {
      return LostAuditLog.in(
          StrictJson.object(body.readNBytes(LINE_BYTES_MAX + 1), LINE_BYTES_MAX));
    } catch (FormatException e) {
      return List.of();
    }
  }

  @Override
  public Page search(JsonObject query) throws IOException, FormatException, InterruptedException {
    try (HttpClient http = CustodianOptions.http();
        InputStream body = get(http, "/audit/v1/events", query)) {
      JsonObject page = StrictJson.object(body.readNBytes(PAGE_BYTES_MAX + 1), PAGE_BYTES_MAX);
      return new Page(
          page.objects("events"), page.optionalString("next_before"), page.string("newest"));
    }
  }

  @Override
  public void stream(JsonObject query, boolean follow, Lines lines)
      throws IOException, FormatException, InterruptedException {
    JsonObject.Builder asked = JsonObject.builder();
    for (String name : query.names()) {
      asked.put(name, query.string(name));
    }
    asked.put("follow", Boolean.toString(follow));
    try (HttpClient http = CustodianOptions.http();
        InputStream body = new BufferedInputStream(get(http, "/audit/v1/stream", asked.build()))) {
      for (byte[] line = PatientBody.line(body, LINE_BYTES_MAX);
          line != null;
          line = PatientBody.line(body, LINE_BYTES_MAX)) {
        lines.line(StrictJson.object(line, LINE_BYTES_MAX));
      }
    }
  }

  @Override
  public JsonObject trace(JsonObject query)
      throws IOException, FormatException, InterruptedException {
    return object("/audit/v1/trace", query);
  }

  private JsonObject object(String path, JsonObject query)
      throws IOException, FormatException, InterruptedException {
    try (HttpClient http = CustodianOptions.http();
        InputStream body = get(http, path, query)) {
      return StrictJson.object(body.readNBytes(PAGE_BYTES_MAX + 1), PAGE_BYTES_MAX);
    }
  }

  @Override
  public void export(JsonObject query, String since, OutputStream out)
      throws IOException, FormatException, InterruptedException {
    JsonObject asked = since.equals("0") ? query : query.with("since", since);
    try (HttpClient http = CustodianOptions.http();
        InputStream body = get(http, "/audit/v1/export", asked)) {
      LastLine lines = new LastLine(out);
      body.transferTo(lines);
      Optional<String> damage = AuditBundle.damage(lines.last());
      if (damage.isPresent()) {
        throw new IOException(damage.get());
      }
    }
  }

  /** Hands on what is written, and remembers the last line where it is short. */
  private static final class LastLine extends OutputStream {
    private static final int LENGTH_MAX = 4096;

    private final OutputStream out;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean isOver;

    LastLine(OutputStream out) {
      this.out = out;
    }

    byte[] last() {
      return line.toByteArray();
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      // The line feed at the very end ends the last line, and begins none.
      int kept = Math.min(length, LENGTH_MAX);
      if (kept < length) {
        line.reset();
        isOver = false;
      }
      for (int i = from + length - kept; i < from + length; i++) {
        if (isOver) {
          line.reset();
        }
        isOver = bytes[i] == '\n';
        if (!isOver && line.size() <= LENGTH_MAX) {
          line.write(bytes[i]);
        }
      }
    }
  }

  /**
   * How many events each tenant has: {@code statement} and {@code counts}.
   *
   * @param size of the log; empty for now
   */
  public JsonObject tenants(Optional<Long> size)
      throws IOException, FormatException, InterruptedException {
    JsonObject asked = JsonObject.builder().build();
    try (HttpClient http = CustodianOptions.http();
        InputStream body =
            get(
                http,
                "/audit/v1/tenants",
                size.isPresent() ? asked.with("size", size.get()) : asked)) {
      return StrictJson.object(body.readNBytes(PAGE_BYTES_MAX + 1), PAGE_BYTES_MAX);
    }
  }

  private InputStream get(HttpClient http, String path, JsonObject query)
      throws IOException, InterruptedException {
    String parameters =
        query.names().stream()
            .map(
                name ->
                    name
                        + "="
                        + URLEncoder.encode(
                            String.valueOf(Optional.ofNullable(query.get(name)).orElse("")),
                            StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    HttpResponse<InputStream> response =
        http.send(
            HttpRequest.newBuilder(
                    URI.create(monitor.toString().replaceAll("/+$", "") + path + "?" + parameters))
                .header("Authorization", "Bearer " + token)
                .timeout(TIMEOUT)
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    InputStream body = new PatientBody(response.body(), quietMax);
    if (response.statusCode() == 200) {
      return body;
    }
    try (body) {
      throw new RefusedAnswerException(response.statusCode(), PatientBody.refusal(body));
    }
  }
}
