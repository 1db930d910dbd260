package dev.counterfoil.disclosure.victims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.format.bytes.FormatException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** A notice says the same in each language, and the operator's own words as they were signed. */
class NoticeWordsTest {
  private static final TheftNotice NOTICE =
      new TheftNotice(
          "7",
          "consumer",
          "acme",
          TestIssuer.NOW,
          List.of("kid"),
          List.of(
              new TheftNotice.AffectedAccount(
                  "alice", TestIssuer.NOW, TestIssuer.NOW, 3, 2, List.of("mail"))),
          "Treat it as read: 100%s.");

  private static Properties words(String language) throws Exception {
    Properties words = new Properties();
    try (Reader in =
        new InputStreamReader(
            Objects.requireNonNull(
                NoticeWords.class.getResourceAsStream("notice_" + language + ".properties")),
            StandardCharsets.UTF_8)) {
      words.load(in);
    }
    return words;
  }

  private static String values(String text) {
    return text.replaceAll("[^%]*(%[sd])[^%]*", "$1");
  }

  @Test
  void eachLanguageHasEachSentenceWithItsValues() throws Exception {
    Properties english = words("en");
    for (String language : NoticeWords.LANGUAGES) {
      Properties other = words(language);
      assertThat(other.keySet()).as(language).isEqualTo(english.keySet());
      for (String name : english.stringPropertyNames()) {
        if (english.getProperty(name).contains("%")) {
          assertThat(values(other.getProperty(name)))
              .as(language + " " + name)
              .isEqualTo(values(english.getProperty(name)));
        }
      }
    }
  }

  @Test
  void aTenantReadsItsOwnLanguage() throws Exception {
    Contacts contacts =
        Contacts.parse("{\"acme\":{\"language\":\"de\"}}".getBytes(StandardCharsets.UTF_8));
    String german = NoticeText.of(NOTICE, "7K3Q", "place", contacts.of("acme").language());
    assertThat(german)
        .startsWith("Sicherheitsmitteilung für acme, Vorfall 7\n")
        .contains("Klicken Sie nichts an", "Treat it as read: 100%s.", "alice: 3 Tokens");
    assertThat(NoticeText.of(NOTICE, "7K3Q", "place", "zh")).contains("代码 7K3Q");
    assertThat(contacts.of("zeta").language()).isEqualTo("en");
    assertThatThrownBy(
            () ->
                Contacts.parse("{\"acme\":{\"language\":\"xx\"}}".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("language");
  }

  /** A typing error shows when the process starts, not on the day. */
  @Test
  void aContactThatCannotBeReachedIsRefused() throws Exception {
    for (String good :
        List.of("\"mail\":[\"soc@acme.example\"]", "\"webhook\":\"https://soc.acme.example/n\"")) {
      Contacts.parse(contact(good));
    }
    for (String bad :
        List.of(
            "\"mail\":[\"soc.acme.example\"]",
            "\"mail\":[\"soc@acme.example, x@y.example\"]",
            "\"mail\":[\"\"]",
            "\"webhook\":\"soc.acme.example\"",
            "\"webhook\":\"http://soc.acme.example/n\"")) {
      assertThatThrownBy(() -> Contacts.parse(contact(bad)))
          .as(bad)
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("contact of tenant acme");
    }
  }

  private static byte[] contact(String members) {
    return ("{\"acme\":{" + members + "}}").getBytes(StandardCharsets.UTF_8);
  }
}
