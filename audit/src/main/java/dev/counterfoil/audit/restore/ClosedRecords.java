package dev.counterfoil.audit.restore;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.event.DeletionCover;
import dev.counterfoil.audit.event.EventOutline;
import dev.counterfoil.audit.intake.OwnEvents;
import dev.counterfoil.audit.names.KeyedName;
import dev.counterfoil.audit.names.Names;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Records that no key opens, while a log is restored. When such a one was recorded is the
 * custodian's word; so is whose it is, who is in it and from which source it came, where it has no
 * proof of its outline, as a build before wrote none: nothing but its leaf is proven then. So one
 * counts as forgotten only where the log's own events, which open, say of one of its people, in his
 * tenant, that what stood there went, and no more of a tenant's than they say; all else is lost.
 * Belongs to one thread.
 */
final class ClosedRecords {
  private final Names names;

  /** Whose each pseudonym is: no two tenants have the same. */
  private final Map<String, Fence> whose = new HashMap<>();

  private final List<Closed> records = new ArrayList<>();

  /** Where events went when somebody was forgotten; of who had none it is empty. */
  private final Map<Names.Named, Ranges> forgotten = new LinkedHashMap<>();

  /** How many of a tenant's went so, by the same events. */
  private final Map<Fence, Long> forgottenCounts = new HashMap<>();

  /** Where a tenant's events went by age, or were lost before. */
  private final Map<Fence, Ranges> deleted = new HashMap<>();

  /** One of them, with those of its people whose keys are not there. */
  private record Closed(
      long position, Fence fence, boolean isAuditors, boolean isProven, List<Names.Named> gone) {}

  /** Positions from the first to the last. */
  private static final class Ranges {
    private final TreeMap<Long, Long> lastByFirst = new TreeMap<>();

    void add(long from, long to) {
      long first = from;
      long last = to;
      Map.Entry<Long, Long> before = lastByFirst.floorEntry(first);
      if (before != null && before.getValue() >= first) {
        first = before.getKey();
        last = Math.max(last, before.getValue());
      }
      Map.Entry<Long, Long> next = lastByFirst.ceilingEntry(first);
      while (next != null && next.getKey() <= last) {
        last = Math.max(last, next.getValue());
        lastByFirst.remove(next.getKey());
        next = lastByFirst.ceilingEntry(first);
      }
      lastByFirst.put(first, last);
    }

    boolean has(long position) {
      Map.Entry<Long, Long> range = lastByFirst.floorEntry(position);
      return range != null && range.getValue() >= position;
    }
  }

  /**
   * What is lost.
   *
   * @param events how many
   * @param own how many of those the auditor said
   * @param people how many people's keys are missing in them
   * @param byTenant where they stand
   * @param positions all of them
   */
  record Lost(
      long events,
      long own,
      long people,
      Map<Fence, OwnEvents.Deletion> byTenant,
      List<AuditRestore.Range> positions) {}

  ClosedRecords(Names names) {
    this.names = names;
    names.everybody().forEach(person -> whose.put(person.pseudonym(), person.fence()));
  }

  /**
   * Takes the next record, if none of the keys opens it.
   *
   * @param isProven whether the outline is known to be the one that was written
   * @throws FormatException when no auditor wrote such an outline
   */
  boolean take(EventOutline outline, boolean isProven) throws FormatException {
    check(outline);
    List<Names.Named> gone = new ArrayList<>(2);
    for (Optional<String> one : List.of(outline.actor(), outline.entity())) {
      if (one.isPresent() && isGone(outline.fence(), one.get())) {
        gone.add(new Names.Named(outline.fence(), one.get()));
      }
    }
    if (gone.isEmpty()) {
      return false;
    }
    if (outline.takenMillis() < 0
        || outline.takenMillis() > AuditEvent.NUMBER_MAX
        || outline.sequence() < 0
        || outline.sequence() > AuditEvent.NUMBER_MAX) {
      throw new FormatException("its time or number is out of range");
    }
    records.add(
        new Closed(
            outline.position(),
            outline.fence(),
            Source.isAuditor(outline.stream().source()),
            isProven,
            List.copyOf(gone)));
    return true;
  }

  private boolean isGone(Fence fence, String pseudonym) throws FormatException {
    if (!KeyedName.isPseudonym(pseudonym)) {
      throw new FormatException("it names somebody by what is no pseudonym");
    }
    requireOf(fence, pseudonym);
    return names.byPseudonym(fence, pseudonym).isEmpty() || names.isForgotten(fence, pseudonym);
  }

  private void requireOf(Fence fence, String pseudonym) throws FormatException {
    Fence known = whose.putIfAbsent(pseudonym, fence);
    if (known != null && !known.equals(fence)) {
      throw new FormatException("it names somebody who is another tenant's");
    }
  }

  /** What an event's texts have to be, an outline's have to be. */
  private static void check(EventOutline outline) throws FormatException {
    AuditEvent.requireName(outline.tenant(), "tenant");
    AuditEvent.requireName(outline.stream().source(), "source");
    if (Source.domainOf(outline.stream().source()).isEmpty()) {
      throw new FormatException("its source is of no domain");
    }
    if (!outline.stream().log().isEmpty()) {
      AuditEvent.requireName(outline.stream().log(), "source's log");
    }
  }

  /** Takes note of one of the auditor's own events, which may say what went. */
  void says(Fence fence, JsonObject event) throws FormatException {
    Optional<JsonObject> api = event.optionalObject("api");
    if (api.isEmpty() || !DeletionCover.OPERATION.equals(api.get().get("operation"))) {
      return;
    }
    Ranges went;
    Optional<JsonObject> person = event.optionalObject("forgotten");
    if (person.isPresent()) {
      String pseudonym = person.get().string("pseudonym");
      requireOf(fence, pseudonym);
      went = forgotten.computeIfAbsent(new Names.Named(fence, pseudonym), _ -> new Ranges());
      forgottenCounts.merge(fence, event.number("count"), Long::sum);
    } else {
      went = deleted.computeIfAbsent(fence, _ -> new Ranges());
    }
    if (event.has(DeletionCover.RANGE)) {
      JsonObject range = event.object(DeletionCover.RANGE);
      went.add(range.number("first"), range.number("last"));
    }
  }

  /** Whether the log says that something of one of its people went from there. */
  private boolean isHis(Closed one) {
    for (Names.Named who : one.gone) {
      Ranges his = forgotten.get(who);
      if (his != null && his.has(one.position)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the log says that it was gone anyway before one of its people was forgotten. */
  private boolean isOld(Closed one) {
    Ranges old = deleted.get(one.fence);
    return old != null
        && old.has(one.position)
        && one.gone.stream().anyMatch(who -> names.isForgotten(who.fence(), who.name()));
  }

  /** Tenants more of whose records are closed than the log says were forgotten. */
  private Set<Fence> tooMany() {
    Map<Fence, Long> counts = new HashMap<>();
    for (Closed one : records) {
      if (isHis(one) && !isOld(one)) {
        counts.merge(one.fence, 1L, Long::sum);
      }
    }
    counts
        .entrySet()
        .removeIf(one -> one.getValue() <= forgottenCounts.getOrDefault(one.getKey(), 0L));
    return counts.keySet();
  }

  /** How many there are. */
  long count() {
    return records.size();
  }

  /** Where all of them stand. */
  List<AuditRestore.Range> positions() {
    return positions(records);
  }

  /** Where those stand of which nothing but the leaf is proven. */
  List<AuditRestore.Range> unproven() {
    return positions(records.stream().filter(one -> !one.isProven).toList());
  }

  /** Those of which the log does not say that they were forgotten. */
  Lost lost() {
    Set<Fence> tooMany = tooMany();
    List<Closed> lost =
        records.stream()
            .filter(one -> !isOld(one) && (!isHis(one) || tooMany.contains(one.fence)))
            .toList();
    Set<Names.Named> people = new LinkedHashSet<>();
    Map<Fence, OwnEvents.Deletion> byTenant = new LinkedHashMap<>();
    for (Closed one : lost) {
      people.addAll(one.gone);
      byTenant.merge(
          one.fence,
          new OwnEvents.Deletion(one.position, one.position, 1),
          OwnEvents.Deletion::and);
    }
    return new Lost(
        lost.size(),
        lost.stream().filter(Closed::isAuditors).count(),
        people.size(),
        byTenant,
        positions(lost));
  }

  private static List<AuditRestore.Range> positions(List<Closed> some) {
    List<AuditRestore.Range> ranges = new ArrayList<>();
    for (Closed one : some) {
      boolean goesOn = !ranges.isEmpty() && ranges.getLast().last() == one.position - 1;
      long first = goesOn ? ranges.removeLast().first() : one.position;
      ranges.add(new AuditRestore.Range(first, one.position));
    }
    return List.copyOf(ranges);
  }

  /** Forgets whom the log says so of, though an old copy has his key, and whose key is nowhere. */
  void forget() throws IOException {
    Set<KeyedName> again = new LinkedHashSet<>();
    for (Names.Named who : forgotten.keySet()) {
      Optional<KeyedName> person = names.byPseudonym(who.fence(), who.name());
      if (person.isPresent()) {
        again.add(person.get());
        // What somebody looked for him by went with him, and is in the copy as well.
        again.addAll(names.askedLike(who.fence(), person.get().name()));
      }
    }
    Set<Names.Named> gone = new LinkedHashSet<>();
    for (Closed one : records) {
      gone.addAll(one.gone);
    }
    gone.removeIf(who -> names.isForgotten(who.fence(), who.name()));
    names.forget(again, gone);
  }
}
