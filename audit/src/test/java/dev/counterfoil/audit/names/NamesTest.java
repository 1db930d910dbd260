package dev.counterfoil.audit.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names are there again, cannot be read beside their secret, and stand for one tenant only. */
class NamesTest {
  private static final Fence ACME = new Fence("trial", "acme");
  private static final Fence GLOBEX = new Fence("trial", "globex");
  private static final String LONG = "\ud83d\ude00".repeat(512);

  @TempDir Path folder;

  private Names open(boolean mayBegin) throws IOException {
    return Names.open(FileDisk.privateFolder(folder), mayBegin, new SecureRandom());
  }

  private static Names.Named named(Fence fence, String name) {
    return new Names.Named(fence, name);
  }

  @Test
  void whatWasLearnedIsThereAgain() throws Exception {
    String alice;
    String other;
    try (Names names = open(true)) {
      names.learn(
          List.of(
              named(ACME, "alice@acme.example"),
              named(GLOBEX, "alice@acme.example"),
              named(ACME, LONG)));
      names.learn(List.of(named(ACME, "alice@acme.example")));
      alice = names.find(ACME, "alice@acme.example").orElseThrow().pseudonym();
      other = names.find(GLOBEX, "alice@acme.example").orElseThrow().pseudonym();
      assertThat(names.find(GLOBEX, LONG)).isEmpty();
    }
    assertThat(alice).isNotEqualTo(other).hasSize(12);
    assertThat(Files.size(folder.resolve("people")))
        .as("a slot each, and more of a long one")
        .isBetween(128L * 18, 128L * 21);
    try (Names names = open(false)) {
      assertThat(names.find(ACME, "alice@acme.example").orElseThrow().pseudonym()).isEqualTo(alice);
      assertThat(names.byPseudonym(GLOBEX, other).orElseThrow().name())
          .isEqualTo("alice@acme.example");
      assertThat(names.byPseudonym(ACME, other)).isEmpty();
      assertThat(names.find(ACME, LONG)).isPresent();
      names.learn(List.of(named(ACME, "bob")));
    }
    try (Names names = open(false)) {
      assertThat(names.find(ACME, "bob")).isPresent();
    }
  }

  @Test
  void whatACrashLeftHalfWrittenIsPassedOver() throws Exception {
    try (Names names = open(true)) {
      names.learn(List.of(named(ACME, "alice"), named(ACME, LONG)));
    }
    Path file = folder.resolve("people");
    byte[] whole = Files.readAllBytes(file);
    for (int cut = whole.length - 300; cut > 100; cut -= 333) {
      Files.write(file, java.util.Arrays.copyOf(whole, cut));
      try (Names names = open(false)) {
        assertThat(names.find(ACME, "alice").isPresent()).isEqualTo(cut >= 128);
        assertThat(names.find(ACME, LONG)).isEmpty();
        names.learn(List.of(named(ACME, "bob"), named(ACME, LONG)));
      }
      try (Names names = open(false)) {
        assertThat(names.find(ACME, "bob")).isPresent();
        assertThat(names.find(ACME, LONG)).isPresent();
      }
    }
  }

  /** A search that began before he was forgotten leaves nothing of him. */
  @Test
  void theKeyOfEventsOfSomebodyForgottenIsNotKept() throws Exception {
    try (Names names = open(true)) {
      names.learn(List.of(named(ACME, "alice"), named(ACME, "bob")));
      List<KeyedName> alice = List.of(names.find(ACME, "alice").orElseThrow());
      List<KeyedName> bob = List.of(names.find(ACME, "bob").orElseThrow());
      assertThat(names.eventKey(ACME, alice)).isSameAs(names.eventKey(ACME, alice));
      names.forget(alice, List.of());
      assertThat(names.eventKey(ACME, alice)).isNotSameAs(names.eventKey(ACME, alice));
      assertThat(names.eventKey(ACME, bob)).isSameAs(names.eventKey(ACME, bob));
    }
  }

  private Names atMostAsked(boolean mayBegin) throws IOException {
    return Names.open(FileDisk.privateFolder(folder), mayBegin, new SecureRandom(), 2, 3);
  }

  /** What is recorded of such a search says no text, and nothing of it is kept. */
  @Test
  void textsMoreThanMayBeAskedForAreDigestsOfTheirTenant() throws Exception {
    String third;
    try (Names names = atMostAsked(true)) {
      String first = names.asked(ACME, "first");
      names.asked(ACME, "second");
      third = names.asked(ACME, "third");
      assertThat(third).matches("#[A-Za-z0-9_-]{12}").isEqualTo(names.asked(ACME, "third"));
      assertThat(names.findAsked(ACME, "third")).isEmpty();
      assertThat(names.asked(ACME, "fourth")).startsWith("#").isNotEqualTo(third);
      assertThat(names.asked(ACME, "first")).as("one that is known").isEqualTo(first);
      assertThat(names.asked(GLOBEX, "other")).as("another tenant has room").startsWith("~");
      assertThat(names.asked(GLOBEX, "third"))
          .as("of all there are too many")
          .startsWith("#")
          .isNotEqualTo(third);
    }
    try (Names names = atMostAsked(false)) {
      assertThat(names.asked(ACME, "third")).as("after a start").isEqualTo(third);
      names.forget(List.of(names.findAsked(ACME, "first").orElseThrow()), List.of());
      assertThat(names.asked(ACME, "third")).as("there is room again").startsWith("~");
    }
  }

  @Test
  void noNameStandsInTheFile() throws Exception {
    try (Names names = open(true)) {
      names.learn(List.of(named(ACME, "alice@acme.example")));
    }
    String bytes =
        new String(Files.readAllBytes(folder.resolve("people")), StandardCharsets.ISO_8859_1);
    assertThat(bytes).doesNotContain("alice").doesNotContain("acme");
  }

  @Test
  void aLogWithoutItsNamesIsRefused() throws Exception {
    assertThatThrownBy(() -> open(false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("put the folder back from a copy")
        .hasMessageContaining("kept names in plain is not read");
    open(true).close();
    open(false).close();
    Files.write(folder.resolve("secret"), new byte[31]);
    assertThatThrownBy(() -> open(true)).hasMessageContaining("is damaged");
  }

  @Test
  void whoIsForgottenIsSoForHisTenantAlone() throws Exception {
    String alice;
    String lost = "madeUpBySome";
    try (Names names = open(true)) {
      names.learn(List.of(named(ACME, "alice"), named(ACME, LONG)));
      KeyedName person = names.find(ACME, "alice").orElseThrow();
      alice = person.pseudonym();
      names.forget(
          List.of(person, names.find(ACME, LONG).orElseThrow()), List.of(named(GLOBEX, lost)));
      assertThat(names.isForgotten(ACME, alice)).isTrue();
      assertThat(names.isForgotten(GLOBEX, alice)).isFalse();
    }
    try (Names names = open(false)) {
      assertThat(names.isForgotten(ACME, alice)).isTrue();
      assertThat(names.isForgotten(GLOBEX, alice)).isFalse();
      assertThat(names.isForgotten(GLOBEX, lost)).isTrue();
      assertThat(names.isForgotten(ACME, lost)).isFalse();
      assertThat(names.everybody()).isEmpty();
    }
    // The mark of a build that did not write whose he was.
    Path file = folder.resolve("people");
    byte[] bytes = Files.readAllBytes(file);
    java.util.Arrays.fill(bytes, 20, 32, (byte) 0);
    Files.write(file, bytes);
    try (Names names = open(false)) {
      assertThat(names.isForgotten(ACME, alice)).isTrue();
      assertThat(names.isForgotten(GLOBEX, alice)).isTrue();
      assertThat(names.isForgotten(ACME, lost)).isFalse();
    }
  }
}
