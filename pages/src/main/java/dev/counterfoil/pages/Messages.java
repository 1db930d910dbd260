package dev.counterfoil.pages;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.MessageFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The texts of all pages in one language: {@code messages_LANGUAGE.properties}, in UTF-8, each text
 * a {@link MessageFormat}. English is complete; what another language lacks is said in English.
 */
public final class Messages {
  private static final List<String> LANGUAGES = List.of("en", "de", "zh");

  private static final Map<String, Messages> ALL =
      LANGUAGES.stream().collect(Collectors.toUnmodifiableMap(l -> l, Messages::read));

  private final Locale locale;
  private final Map<String, String> texts;

  private Messages(Locale locale, Map<String, String> texts) {
    this.locale = locale;
    this.texts = texts;
  }

  /** The texts in a language, or in English. */
  public static Messages of(Locale locale) {
    return ALL.getOrDefault(locale.getLanguage(), english());
  }

  /** The texts in the first language of an {@code Accept-Language} that there is, or in English. */
  public static Messages accepted(String acceptLanguage) {
    if (acceptLanguage.isEmpty() || acceptLanguage.length() > 256) {
      return english();
    }
    try {
      @Nullable String tag =
          Locale.lookupTag(Locale.LanguageRange.parse(acceptLanguage), LANGUAGES);
      return tag == null ? english() : of(Locale.forLanguageTag(tag));
    } catch (IllegalArgumentException e) {
      return english();
    }
  }

  /** English between brackets and a third longer, which shows what is cut or not in here. */
  static Messages pseudo() {
    return new Messages(
        Locale.ENGLISH,
        english().texts.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Map.Entry::getKey,
                    text ->
                        "⟦"
                            + text.getValue()
                            + " ~~~~".repeat(1 + text.getValue().length() / 15)
                            + "⟧")));
  }

  private static Messages english() {
    return Objects.requireNonNull(ALL.get("en"));
  }

  private static Messages read(String language) {
    Properties read = new Properties();
    try (var in = Messages.class.getResourceAsStream("messages_" + language + ".properties")) {
      read.load(new InputStreamReader(Objects.requireNonNull(in), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Messages(
        Locale.forLanguageTag(language),
        read.stringPropertyNames().stream()
            .collect(Collectors.toUnmodifiableMap(n -> n, n -> read.getProperty(n))));
  }

  /** The language, as in {@code lang}. */
  public String language() {
    return locale.toLanguageTag();
  }

  Set<String> keys() {
    return texts.keySet();
  }

  /** Whether there is such a text. */
  public boolean has(String key) {
    return english().texts.containsKey(key);
  }

  /**
   * A text.
   *
   * @throws IllegalArgumentException when there is none
   */
  public String say(String key, Object... values) {
    return new MessageFormat(text(key), locale).format(values);
  }

  String text(String key) {
    @Nullable String text = texts.getOrDefault(key, english().texts.get(key));
    if (text == null) {
      throw new IllegalArgumentException("no text has the name " + key);
    }
    return text;
  }

  /** A month's name and year. */
  String month(YearMonth month) {
    return say(
        "month", DateTimeFormatter.ofLocalizedPattern("yMMMM").withLocale(locale).format(month));
  }

  /** How long ago something was, or in how long it is to be, in the largest unit that fits. */
  String ago(Instant at, Instant now) {
    Duration apart = Duration.between(at, now);
    String way = apart.isNegative() ? "ahead." : "ago.";
    long seconds = apart.abs().toSeconds();
    if (seconds < 60) {
      return say(way + "moment");
    }
    if (seconds < 2 * 3600) {
      return say(way + "minutes", Math.round(seconds / 60.0));
    }
    return seconds < 2 * 86_400
        ? say(way + "hours", Math.round(seconds / 3600.0))
        : say(way + "days", Math.round(seconds / 86_400.0));
  }
}
