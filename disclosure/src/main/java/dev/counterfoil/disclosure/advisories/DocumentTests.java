package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.validation.Fault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IllformedLocaleException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What is tested of {@code document} as a whole: its languages and its category. */
final class DocumentTests {
  private static final Set<String> LANGUAGES =
      Arrays.stream(Locale.getISOLanguages()).collect(Collectors.toUnmodifiableSet());
  private static final Set<String> REGIONS =
      Arrays.stream(Locale.getISOCountries()).collect(Collectors.toUnmodifiableSet());

  private DocumentTests() {}

  static List<Fault> faults(CsafMembers document) {
    List<Fault> faults = new ArrayList<>();
    for (String name : List.of("lang", "source_lang")) {
      document
          .text(name)
          .filter(tag -> !isLanguage(tag))
          .ifPresent(tag -> faults.add(document.fault("6.1.12", name, "is no language of BCP 47")));
    }
    boolean isTranslation =
        document.inner("publisher").text("category").orElse("").equals("translator");
    if (isTranslation && !document.has("source_lang")) {
      faults.add(document.fault("6.1.15", "source_lang", "a translator names the first language"));
    }
    if (document.has("source_lang") && document.text("source_lang").equals(document.text("lang"))) {
      faults.add(document.fault("6.1.28", "source_lang", "is the language of the translation"));
    }
    String category = document.text("category").orElse("");
    if (Profile.of(category).isEmpty() && isNearAProfile(category)) {
      faults.add(
          document.fault(
              "6.1.26", "category", "is too near a profile's name; take that or another name"));
    }
    return faults;
  }

  /** Registered languages and regions as far as the JDK knows them: those of ISO 639 and 3166. */
  private static boolean isLanguage(String tag) {
    try {
      Locale locale = new Locale.Builder().setLanguageTag(tag).build();
      return LANGUAGES.contains(locale.getLanguage())
          && (locale.getCountry().isEmpty() || REGIONS.contains(locale.getCountry()));
    } catch (IllformedLocaleException e) {
      return false;
    }
  }

  private static String bare(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[\\s_\\-]+", "");
  }

  private static boolean isNearAProfile(String category) {
    String bare = bare(category);
    return category.toLowerCase(Locale.ROOT).startsWith("csaf_")
        || Arrays.stream(Profile.values())
            .filter(profile -> profile != Profile.BASE)
            .map(profile -> bare(profile.category()))
            .anyMatch(known -> bare.equals(known) || ("csaf" + bare).equals(known));
  }
}
