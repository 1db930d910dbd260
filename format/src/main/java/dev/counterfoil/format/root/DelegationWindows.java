package dev.counterfoil.format.root;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keys.KeyStatement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The delegations of a key log that stand or may stand yet, by rising version and beginning.
 * Immutable.
 *
 * <p>At a time t the one of the highest version stands whose window has begun; when its window has
 * ended, none does. A lower version never comes back:
 *
 * <ul>
 *   <li>a version is recorded once, above all that were recorded before it;
 *   <li>one that begins no later than another of higher version gives way to it for good;
 *   <li>one whose window had begun when it was signed stands from its entry on, and once an entry
 *       stood under a version, none stands under a lower one, whatever the entry says of its time.
 * </ul>
 */
public final class DelegationWindows {
  /** Most windows that are recorded at one time: the one that stands and those ahead. */
  public static final int WINDOWS_MAX = 13;

  /**
   * How far a version may be above the highest before it: room for ceremonies that came to nothing,
   * and too little to use the numbers up.
   */
  public static final long VERSION_STEP_MAX = 1_000;

  private static final DelegationWindows NONE = new DelegationWindows(List.of(), 0, 0);

  private final List<Window> windows;
  private final long highest;

  /** No lower version stands any more, and this one does not wait for its beginning. */
  private final long floor;

  /**
   * One delegation.
   *
   * @param delegation what it says
   * @param signed as it was signed
   */
  public record Window(Delegation delegation, JointStatement signed) {}

  private DelegationWindows(List<Window> windows, long highest, long floor) {
    this.windows = List.copyOf(windows);
    this.highest = highest;
    this.floor = floor;
  }

  /** No delegation yet. */
  public static DelegationWindows none() {
    return NONE;
  }

  /** The same after ceremonies of which no window is left. */
  public DelegationWindows after(long version) {
    return version <= highest ? this : new DelegationWindows(windows, version, floor);
  }

  /** The same with one more. */
  public DelegationWindows with(Window more) throws FormatException {
    Delegation delegation = more.delegation();
    if (delegation.version() <= highest) {
      throw new FormatException("delegation's version is not above those before");
    }
    if (delegation.version() - highest > VERSION_STEP_MAX) {
      throw new FormatException(
          "delegation's version is more than " + VERSION_STEP_MAX + " above those before");
    }
    long next = delegation.notBefore().isAfter(delegation.issued()) ? floor : delegation.version();
    List<Window> kept = new ArrayList<>();
    for (Window window : windows) {
      if (window.delegation().version() >= next
          && window.delegation().notBefore().isBefore(delegation.notBefore())) {
        kept.add(window);
      }
    }
    kept.add(more);
    if (kept.size() > WINDOWS_MAX) {
      throw new FormatException("more than " + WINDOWS_MAX + " windows are recorded ahead");
    }
    return new DelegationWindows(kept, delegation.version(), next);
  }

  /** The same after an entry stood under a version. */
  public DelegationWindows stoodUnder(long version) {
    return version <= floor
        ? this
        : new DelegationWindows(
            windows.stream().filter(one -> one.delegation().version() >= version).toList(),
            highest,
            version);
  }

  /** The delegation that stands at a time; empty when none does. */
  public Optional<Window> standing(Instant at) {
    for (int i = windows.size() - 1; i >= 0; i--) {
      Delegation delegation = windows.get(i).delegation();
      if (!at.isBefore(delegation.notBefore()) || delegation.version() <= floor) {
        return delegation.holdsAt(at) ? Optional.of(windows.get(i)) : Optional.empty();
      }
    }
    return Optional.empty();
  }

  /**
   * Until when delegations stand one after another without a gap; empty when none stands at this
   * time.
   */
  public Optional<Instant> until(Instant at) {
    return until(at, delegation -> true);
  }

  /** The same of those that name a tenant. */
  public Optional<Instant> until(Instant at, String tenant) {
    return until(at, delegation -> delegation.bounds().tenants().allows(tenant));
  }

  private Optional<Instant> until(Instant at, Predicate<Delegation> wanted) {
    Optional<Delegation> standing = standing(at).map(Window::delegation).filter(wanted);
    if (standing.isEmpty()) {
      return Optional.empty();
    }
    Instant end = standing.get().notAfter();
    for (Window window : windows) {
      Delegation next = window.delegation();
      if (next.version() > standing.get().version() && !next.notBefore().isAfter(end)) {
        if (!wanted.test(next)) {
          // From its beginning on it stands instead of the one before.
          return Optional.of(next.notBefore());
        }
        end = next.notAfter();
      }
    }
    return Optional.of(end);
  }

  /** How urgent the next ceremony is. */
  public CeremonyAlarm alarm(Instant now) {
    return CeremonyAlarm.of(now, until(now));
  }

  /** The highest version that was ever recorded; 0 when none was. */
  public long highestVersion() {
    return highest;
  }

  /** Those that stand or may stand yet. */
  public List<Window> all() {
    return windows;
  }

  /** Whether one of them lets a key stand, now or later. */
  public boolean admit(KeyStatement key) {
    return windows.stream().anyMatch(one -> one.delegation().objection(key).isEmpty());
  }
}
