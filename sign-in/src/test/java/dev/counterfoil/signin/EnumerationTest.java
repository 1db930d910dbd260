package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.directory.Person;
import dev.counterfoil.signin.browser.SignInKey;
import dev.counterfoil.signin.passwords.NobodysHash;
import dev.counterfoil.signin.passwords.PasswordHash;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nobody learns from the time of an answer whether a name is someone's. The answers of two kinds of
 * names are taken in turns, in an order of chance, and compared by their ranks (Mann-Whitney): a
 * machine that is busy now and then is so for all kinds. What a kind of names costs more is seen,
 * as the controls show.
 */
class EnumerationTest {
  private static final String WRONG = "not the password";

  /** Once in 2,000 comparisons of the same, and then it is measured once more. */
  private static final double FAR = 3.5;

  /** Of nobody, of a person with a password, of one without, and of one who is refused. */
  private static final List<String> ALIKE = List.of("eve", "bob", "key", "dis");

  /**
   * Of 12 and 12 that are apart wholly the ranks say 4.2, and still {@link #FAR} when 11 of the 144
   * pairs are the wrong way round: a step that is left out is seen, one of half the length is for
   * full runs.
   */
  private static final int SHARE = 12;

  private static final int FULL = 400;

  /** Is computed at once, and passes for no imported one. */
  private static final String CHEAP =
      "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

  private static final String IMPORTED =
      "$pbkdf2-sha256$i=1000$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

  @TempDir private Path folder;
  private SignInServer server;
  private Visitor visitor;
  private String token = "";

  @BeforeEach
  void start() throws Exception {
    server = SignInServer.start(folder);
    String hash = SignInServer.hash("a long row of words");
    for (String name : List.of("bob", "dis")) {
      server.directory.setPassword(add(name).subject(), Optional.of(hash));
    }
    server.directory.change(server.directory.named("dis").withDisabled(true));
    add("key");
    server.directory.setPassword(add("fast").subject(), Optional.of(CHEAP));
    visitor = new Visitor(server.issuer);
    token = Visitor.token(visitor.get("/sign-in"));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private Person add(String name) throws Exception {
    return server.directory.add("acme", name, name, Optional.empty());
  }

  private void imported(String name) throws Exception {
    server
        .directory
        .importedPasswords()
        .add(
            server.directory.newPerson("acme", name, name, Optional.empty()),
            IMPORTED,
            Optional.of(PasswordHash.parse(IMPORTED).kind()));
  }

  private interface Step {
    HttpResponse<String> answer(String name) throws Exception;
  }

  private HttpResponse<String> password(String name) throws Exception {
    return visitor.post(
        "/sign-in", Map.of("form_token", token, "username", name, "password", WRONG));
  }

  private HttpResponse<String> code(String name) throws Exception {
    return visitor.post(
        "/sign-in/code",
        Map.of("form_token", token, "username", name, "code", "123456", "proof", "A".repeat(75)));
  }

  private HttpResponse<String> lost(String name) throws Exception {
    return visitor.post("/sign-in/lost", Map.of("form_token", token, "username", name));
  }

  /** Times of each kind of names, in the order in which they were taken. */
  private Map<String, double[]> times(Step step, int status, int samples, List<String> names)
      throws Exception {
    List<String> order = new ArrayList<>();
    for (String name : names) {
      order.addAll(Collections.nCopies(samples, name));
    }
    Collections.shuffle(order, new Random(1));
    for (String name : names) {
      step.answer(name);
    }
    Map<String, List<Double>> times = new HashMap<>();
    for (String name : order) {
      // Attempts come back, or the limits would answer.
      server.clock.forward(Duration.ofMinutes(2));
      long began = System.nanoTime();
      HttpResponse<String> answer = step.answer(name);
      long took = System.nanoTime() - began;
      assertThat(answer.statusCode()).isEqualTo(status);
      times.computeIfAbsent(name, _ -> new ArrayList<>()).add((double) took);
    }
    Map<String, double[]> all = new HashMap<>();
    times.forEach(
        (name, taken) -> all.put(name, taken.stream().mapToDouble(each -> each).toArray()));
    return all;
  }

  /** How far the ranks of two samples are apart, in standard deviations. */
  private static double apart(double[] first, double[] second) {
    double[] sorted = new double[first.length + second.length];
    System.arraycopy(first, 0, sorted, 0, first.length);
    System.arraycopy(second, 0, sorted, first.length, second.length);
    Arrays.sort(sorted);
    double ranks = 0;
    for (double one : first) {
      ranks += Arrays.binarySearch(sorted, one) + 1;
    }
    double n = first.length;
    double m = second.length;
    double u = ranks - n * (n + 1) / 2;
    return Math.abs(u - n * m / 2) / Math.sqrt(n * m * (n + m + 1) / 12);
  }

  /**
   * That the names of a group are alike, measured once more where chance may have spoken; and that
   * names of two groups are told apart by the same measure, or it would see nothing.
   */
  private void areSame(Step step, int status, int samples, List<List<String>> groups)
      throws Exception {
    List<String> names = groups.stream().flatMap(List::stream).toList();
    Map<String, double[]> times = times(step, status, samples, names);
    if (!far(times, groups).isEmpty()) {
      times = times(step, status, samples, names);
    }
    assertThat(far(times, groups)).isEmpty();
    for (List<String> other : groups.subList(1, groups.size())) {
      List<String> two = List.of(groups.getFirst().getFirst(), other.getFirst());
      assertThat(far(times, List.of(two))).isNotEmpty();
    }
  }

  private static String far(Map<String, double[]> times, List<List<String>> groups) {
    StringBuilder far = new StringBuilder();
    for (List<String> group : groups) {
      String first = group.getFirst();
      for (String name : group.subList(1, group.size())) {
        double apart = apart(of(times, first), of(times, name));
        if (apart > FAR) {
          far.append(first).append(" and ").append(name).append(": ").append(apart).append('\n');
        }
      }
    }
    return far.toString();
  }

  private static double[] of(Map<String, double[]> times, String name) {
    return times.getOrDefault(name, new double[0]);
  }

  /** A name, whose half is the one with or without an imported hash. */
  private String named(String begin, boolean isOurs) throws Exception {
    NobodysHash hashes =
        new NobodysHash(
            server.directory.importedPasswords()::kinds,
            SignInKey.open(folder.resolve("sign-in.key"), new SecureRandom()),
            server.clock);
    for (int i = 0; i < 100; i++) {
      if (hashes.of(begin + i).isOurs() == isOurs) {
        return begin + i;
      }
    }
    throw new AssertionError("all names are of one half");
  }

  @Test
  void theTimeOfTheOtherStepsSaysNothing() throws Exception {
    areSame(this::code, 400, SHARE * 2, List.of(ALIKE));
    areSame(this::lost, 200, SHARE * 2, List.of(ALIKE));
  }

  /**
   * Half of all names are as if they had an imported hash, and half as if they had one of ours. The
   * two halves differ, or nothing would be hidden.
   */
  @Test
  void theTimeOfAWrongPasswordSaysNothingAlsoWithImportedHashes() throws Exception {
    imported("dora");
    String key = named("key", true);
    add(key);
    String off = named("off", true);
    server.directory.setPassword(
        add(off).subject(), Optional.of(SignInServer.hash("a long row of words")));
    server.directory.change(server.directory.named(off).withDisabled(true));
    areSame(
        this::password,
        401,
        SHARE,
        List.of(
            List.of(named("eve", true), "bob", key, off), List.of(named("eve", false), "dora")));
  }

  @Tag("full")
  @Test
  void theTimeSaysNothingOverManyAttempts() throws Exception {
    areSame(this::password, 401, FULL, List.of(ALIKE, List.of("fast")));
    areSame(this::code, 400, FULL * 4, List.of(ALIKE));
    areSame(this::lost, 200, FULL * 4, List.of(ALIKE));
  }
}
