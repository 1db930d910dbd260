package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.validation.Fault;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What is tested of {@code tracking}: the version and the history of revisions. */
final class HistoryTests {
  private static final String HISTORY = "revision_history";

  private record Revision(Instant date, String number, DocumentVersion version) {}

  private HistoryTests() {}

  static List<Fault> faults(CsafMembers tracking) {
    List<Fault> faults = new ArrayList<>();
    List<Revision> history = new ArrayList<>();
    for (CsafMembers item : tracking.objects(HISTORY)) {
      try {
        history.add(
            new Revision(
                OffsetDateTime.parse(item.text("date").orElseThrow()).toInstant(),
                item.text("number").orElseThrow(),
                DocumentVersion.of(item.text("number").orElseThrow())));
      } catch (DateTimeException e) {
        // The schema lets leap seconds and far offsets pass.
        return List.of(item.fault("schema", "date", "is not a time that can be compared"));
      }
    }
    String status = tracking.text("status").orElse("");
    DocumentVersion version = DocumentVersion.of(tracking.text("version").orElseThrow());
    List<Revision> byNumber =
        history.stream().sorted(Comparator.comparing(Revision::version)).toList();
    boolean isDraft = status.equals("draft");
    if (!byNumber.equals(history.stream().sorted(Comparator.comparing(Revision::date)).toList())) {
      faults.add(tracking.fault("6.1.14", HISTORY, "sorted by date it is not sorted by version"));
    }
    DocumentVersion last = byNumber.getLast().version();
    if (!(isDraft ? last.release().equals(version.release()) : last.equals(version))) {
      faults.add(tracking.fault("6.1.16", "version", "is not that of the last revision"));
    }
    if (version.isBeforeRelease() && !isDraft) {
      faults.add(
          tracking.fault("6.1.17", "status", "a version before 1 or a pre-release is a draft"));
    }
    if (!isDraft && history.stream().anyMatch(item -> item.version().major() == 0)) {
      faults.add(tracking.fault("6.1.18", HISTORY, "has a version 0 though it is released"));
    }
    if (history.stream().anyMatch(item -> !item.version().preRelease().isEmpty())) {
      faults.add(tracking.fault("6.1.19", HISTORY, "has a pre-release"));
    }
    if (!isDraft && !version.preRelease().isEmpty()) {
      faults.add(tracking.fault("6.1.20", "version", "is a pre-release though it is released"));
    }
    if (hasGap(byNumber)) {
      faults.add(tracking.fault("6.1.21", HISTORY, "a version is left out"));
    }
    Set<String> numbers = new HashSet<>();
    if (!history.stream().allMatch(item -> numbers.add(item.number()))) {
      faults.add(tracking.fault("6.1.22", HISTORY, "a version stands twice"));
    }
    if (!history.stream().allMatch(i -> i.version().isInteger() == version.isInteger())) {
      faults.add(tracking.fault("6.1.30", HISTORY, "integers and semantic versions are mixed"));
    }
    return faults;
  }

  private static boolean hasGap(List<Revision> byNumber) {
    long previous = byNumber.getFirst().version().major();
    if (previous > 1) {
      return true;
    }
    for (Revision revision : byNumber) {
      if (revision.version().major() > previous + 1) {
        return true;
      }
      previous = revision.version().major();
    }
    return false;
  }
}
