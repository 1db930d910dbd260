package dev.counterfoil.cli.audit.reading;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.MonitorAdmin;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Asks at the monitor's admin socket, as the operator. */
public final class AdminAuditSource implements AuditSource {
  private final MonitorAdmin monitor;
  private final String domain;
  private final String tenant;

  AdminAuditSource(MonitorAdmin monitor, String domain, String tenant) {
    this.monitor = monitor;
    this.domain = domain;
    this.tenant = tenant;
  }

  @Override
  public List<String> lost() throws IOException {
    return LostAuditLog.of(monitor);
  }

  @Override
  public Page search(JsonObject query) throws IOException, FormatException {
    List<JsonObject> events = new ArrayList<>();
    List<String> next = new ArrayList<>();
    AtomicReference<String> newest = new AtomicReference<>("-1");
    monitor.auditSearch(
        domain,
        tenant,
        query,
        line -> {
          if (line.has("event")) {
            events.add(line);
          } else {
            if (line.get("next_before") instanceof String before) {
              next.add(before);
            }
            if (line.get("newest") instanceof String cursor) {
              newest.set(cursor);
            }
          }
        });
    return new Page(events, next.stream().findFirst(), newest.get());
  }

  @Override
  public void stream(JsonObject query, boolean follow, Lines lines) throws IOException {
    monitor.auditStream(
        domain,
        tenant,
        query,
        follow,
        line -> {
          try {
            lines.line(line);
          } catch (FormatException e) {
            throw new IOException("the stream is malformed", e);
          }
        });
  }

  @Override
  public JsonObject trace(JsonObject query) throws IOException {
    List<JsonObject> lines = new ArrayList<>();
    monitor.auditTrace(domain, tenant, query, lines::add);
    return only(lines);
  }

  private static JsonObject only(List<JsonObject> lines) throws IOException {
    if (lines.size() != 1) {
      throw new IOException("the monitor answers with " + lines.size() + " lines, and not one");
    }
    return lines.getFirst();
  }

  @Override
  public void export(JsonObject query, String since, OutputStream out) throws IOException {
    monitor.auditExport(
        domain,
        tenant,
        query,
        since,
        line -> {
          if (Optional.ofNullable(line.get("bundle_line")).orElse("") instanceof String text) {
            out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
          }
        });
  }
}
