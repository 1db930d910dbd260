package dev.counterfoil.disclosure.victims;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;

/** Our own words in notices, in the languages that the pages have. */
final class NoticeWords {
  /** Languages, the one of last resort first. */
  static final List<String> LANGUAGES = List.of("en", "de", "zh");

  private static final Map<String, NoticeWords> READ = new ConcurrentHashMap<>();

  private final Properties words = new Properties();

  private NoticeWords(String language) {
    String name = "notice_" + language + ".properties";
    try (Reader in =
        new InputStreamReader(
            Objects.requireNonNull(NoticeWords.class.getResourceAsStream(name), name),
            StandardCharsets.UTF_8)) {
      words.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The words of a language; English for one that there are none of. */
  static NoticeWords in(String language) {
    return READ.computeIfAbsent(
        LANGUAGES.contains(language) ? language : LANGUAGES.getFirst(), NoticeWords::new);
  }

  /** A sentence with its values; what comes from elsewhere was made harmless before. */
  String say(String name, Object... values) {
    return Objects.requireNonNull(words.getProperty(name), name).formatted(values);
  }
}
