package dev.counterfoil.monitor.auditlog;

import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.findings.FindingsBegun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Says each finding to the audit log too, once it is raised: the table of findings is what is still
 * to be said, and a file beside it how far that went. A process that ends between the two says some
 * of them again, under the same numbers, so that the log has each once; none is left out. Belongs
 * to one thread.
 */
public final class FindingEvents {
  static final String SAID = "findings-said";

  private static final int NUMBER_BYTES_MAX = 20;
  private static final int BYTES_MAX = 2 * NUMBER_BYTES_MAX + 1;

  private final FindingStore findings;
  private final MonitorAudit log;
  private final FileDisk disk;
  private final Map<String, Numbered> numbers = new HashMap<>();
  private Said said;

  /**
   * How far it is said.
   *
   * @param begunMillis of which database: another one's numbers begin again; -1 where the file does
   *     not say, and then it is of this one
   */
  private record Said(long id, long begunMillis) {}

  /**
   * Takes up where it was.
   *
   * @param folder the monitor's
   */
  public FindingEvents(FindingStore findings, MonitorAudit log, Path folder) throws IOException {
    this.findings = findings;
    this.log = log;
    this.disk = FileDisk.privateFolder(folder);
    this.said = read();
  }

  private Said read() throws IOException {
    try {
      String text = new String(disk.read(SAID, BYTES_MAX), StandardCharsets.US_ASCII);
      int space = text.indexOf(' ');
      return space < 0
          ? new Said(Decimal.parse(text, Long.MAX_VALUE), -1)
          : new Said(
              Decimal.parse(text.substring(0, space), Long.MAX_VALUE),
              Decimal.parse(text.substring(space + 1), Long.MAX_VALUE));
    } catch (NoSuchFileException e) {
      return new Said(0, -1);
    } catch (FormatException e) {
      throw new IOException(
          SAID + " is damaged. Delete it; the monitor then records what it has not recorded yet",
          e);
    }
  }

  /**
   * What the findings of one trust domain are called there; those of another database have another
   * name, as their numbers begin again.
   */
  private static String logName(long begunMillis, FindingStore.Kept finding) {
    return "findings-" + begunMillis + (domain(finding).isEmpty() ? "-all" : "");
  }

  /** Its number among those of its trust domain, from 1. */
  private long number(FindingStore.Kept finding) {
    Numbered before = numbers.getOrDefault(domain(finding), new Numbered(0, 0));
    long number = before.number() + findings.count(domain(finding), before.id(), finding.id());
    numbers.put(domain(finding), new Numbered(finding.id(), number));
    return number;
  }

  private record Numbered(long id, long number) {}

  private static String domain(FindingStore.Kept finding) {
    return finding.json().get("domain") instanceof String domain ? domain : "";
  }

  /** Says what is new; what cannot be recorded now is said at the next turn. */
  public void step() throws IOException {
    FindingsBegun begun = findings.begun();
    long begunMillis = begun.millis();
    if (said.begunMillis() != begunMillis) {
      boolean isOfThis = said.begunMillis() < 0;
      said = new Said(isOfThis ? said.id() : Math.min(said.id(), begun.after()), begunMillis);
    }
    List<FindingStore.Kept> page = findings.list(FindingStore.Query.all().after(said.id()));
    if (page.isEmpty()) {
      return;
    }
    Said before = said;
    try {
      for (FindingStore.Kept finding : page) {
        log.found(finding.json(), logName(begunMillis, finding), number(finding));
        said = new Said(finding.id(), begunMillis);
      }
    } catch (AuditUnavailableException e) {
      System.getLogger(FindingEvents.class.getName())
          .log(System.Logger.Level.DEBUG, "findings are recorded later: {0}", e.getMessage());
    } finally {
      if (said.id() > before.id()) {
        String text = said.id() + " " + said.begunMillis();
        disk.replace(SAID, text.getBytes(StandardCharsets.US_ASCII));
      }
    }
  }
}
