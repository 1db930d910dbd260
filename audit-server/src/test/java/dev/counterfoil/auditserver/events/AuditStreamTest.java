package dev.counterfoil.auditserver.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.auditserver.issued.Issuances;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever goes on where he was misses none and gets none twice, while events come. */
class AuditStreamTest {
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Reader SIEM = new Reader("siem", Optional.empty(), Optional.empty());

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // each test starts with it
  private Auditor auditor;

  private final List<Throwable> failures = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    auditor =
        Auditor.start(
            new Auditor.Settings(folder, "monitor.example/audit", 1_000_000),
            InstantSource.system(),
            new SecureRandom(),
            failures::add);
  }

  @AfterEach
  void stop() throws IOException {
    auditor.close();
    assertThat(failures).isEmpty();
  }

  private static EventPages.Asked query(String after) throws Exception {
    return EventPages.Asked.parse(
        name ->
            switch (name) {
              case "class" -> Optional.of("6005");
              case "after" -> Optional.of(after);
              default -> Optional.empty();
            });
  }

  private void take(String tenant, String client, long from, long to) throws IOException {
    StringBuilder lines = new StringBuilder();
    LongStream.range(from, to)
        .forEach(
            n ->
                lines.append(
                    """
                    {"activity_id":1,"category_uid":6,"class_uid":6005,"type_uid":600501,"severity_id":1,"time":%d,"metadata":{"version":"1.8.0","product":{"name":"mail"},"tenant_uid":"%s","sequence":%d}}
                    """
                        .formatted(InstantSource.system().millis(), tenant, n)));
    auditor.take(
        new Source("trial", client, Optional.empty()),
        lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** A reader who goes away now and then. */
  private static final class Away extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private static final class Collected implements AuditStream.Lines {
    private final List<Long> numbers = new ArrayList<>();
    private String cursor = "-1";
    private int untilAway;
    private int wanted = Integer.MAX_VALUE;

    @Override
    public void line(JsonObject line) throws IOException {
      if (untilAway-- == 0) {
        throw new Away();
      }
      try {
        if (line.has("event")) {
          numbers.add(line.object("event").object("metadata").number("sequence"));
        }
        cursor = line.string("after");
      } catch (dev.counterfoil.format.bytes.FormatException e) {
        throw new UncheckedIOException(new IOException(e));
      }
    }

    @Override
    public void flush() throws IOException {
      if (numbers.size() >= wanted) {
        throw new Away();
      }
    }
  }

  @Test
  void allOfItOnceAndInOrderWhileTheReaderComesAndGoes() throws Exception {
    take("acme", "mail", 0, 2500);
    take("globex", "other", 0, 10);
    Collected got = new Collected();
    Thread more =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    for (int i = 0; i < 20; i++) {
                      take("acme", "mail", 2500 + i * 50, 2550 + i * 50);
                      take("globex", "other", 10 + i, 11 + i);
                    }
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
    got.wanted = 3500;
    while (got.numbers.size() < 3500) {
      got.untilAway = 700;
      try {
        new AuditStream(auditor, Issuances.none())
            .write(ACME, query(got.cursor), SIEM, true, () -> true, got);
      } catch (Away e) {
        assertThat(failures).isEmpty();
      }
    }
    more.join();
    assertThat(got.numbers).containsExactlyElementsOf(LongStream.range(0, 3500).boxed().toList());
  }

  @Test
  void itEndsWhenAllIsWrittenOrTheReaderMayReadNoMore() throws Exception {
    take("acme", "mail", 0, 5);
    List<JsonObject> lines = new ArrayList<>();
    AuditStream.Lines all =
        new AuditStream.Lines() {
          @Override
          public void line(JsonObject line) {
            lines.add(line);
          }

          @Override
          public void flush() {}
        };
    new AuditStream(auditor, Issuances.none())
        .write(ACME, query("-1"), SIEM, false, () -> true, all);
    assertThat(lines.stream().filter(line -> line.has("event"))).hasSize(5);
    assertThat(lines.getLast().string("ends")).isEqualTo("all");
    new AuditStream(auditor, Issuances.none(), 50)
        .write(ACME, query("-1"), SIEM, true, () -> false, all);
    assertThat(lines.getLast().string("ends")).isEqualTo("not-allowed");
  }
}
