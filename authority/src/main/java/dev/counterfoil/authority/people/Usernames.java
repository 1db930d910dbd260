package dev.counterfoil.authority.people;

import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The usernames of people, by their subjects. What was looked up within ten seconds is not looked
 * up again: services ask about the same tokens many times, and the query is a large part of what an
 * introspection costs. Whether a token holds is never read here. For all threads.
 */
public final class Usernames {
  static final Duration AGE_MAX = Duration.ofSeconds(10);

  /** Some 200 bytes each. */
  private static final int KEPT_MAX = 50_000;

  private final Directory people;
  private final InstantSource clock;
  private final Map<String, Found> found = new ConcurrentHashMap<>();

  private record Found(Optional<String> username, long atMillis) {}

  public Usernames(Directory people, InstantSource clock) {
    this.people = people;
    this.clock = clock;
  }

  /** The username of a subject, at most ten seconds old; empty where it is no person's. */
  public Optional<String> of(String subject) {
    long now = clock.millis();
    @Nullable Found known = found.get(subject);
    if (known != null && Math.abs(now - known.atMillis) < AGE_MAX.toMillis()) {
      return known.username;
    }
    if (found.size() >= KEPT_MAX) {
      found.clear();
    }
    Optional<String> username = people.bySubject(subject).map(Person::username);
    found.put(subject, new Found(username, now));
    return username;
  }
}
