package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.disclosure.validation.Fault;
import dev.counterfoil.format.bytes.JsonObject;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Records of the CVE Program, format 5.2: a draft, and the rules that a record of a published
 * weakness of ours could break. They are stricter than the Program's: it names a weakness (CWE), a
 * product (CPE) and a score (CVSS 4.0).
 */
public final class CveRecord {
  /** What a record of a service of which customers install nothing is tagged with. */
  public static final String HOSTED = "exclusively-hosted-service";

  private static final Pattern ID = Pattern.compile("CVE-[0-9]{4}-[0-9]{4,19}");
  private static final Pattern VERSION = Pattern.compile("5\\.2(\\.[0-9]+)?");
  private static final Pattern CWE = Pattern.compile("CWE-[1-9][0-9]{0,4}");
  private static final Pattern URL = Pattern.compile("(https?|ftp)://\\S{1,2000}");
  private static final Pattern ENGLISH = Pattern.compile("en(-.*)?");
  private static final Pattern CPE = Pattern.compile("cpe:2\\.3:[aho*-](:[\\p{Graph}&&[^:]]+){10}");
  private static final Pattern VECTOR =
      Pattern.compile(
          "CVSS:4\\.0/AV:[NALP]/AC:[LH]/AT:[NP]/PR:[NLH]/UI:[NPA]"
              + "/VC:[HLN]/VI:[HLN]/VA:[HLN]/SC:[HLN]/SI:[HLN]/SA:[HLN](/[A-Z]{1,3}:[A-Za-z]+)*");
  private static final List<String> TAGS = List.of("unsupported-when-assigned", HOSTED, "disputed");
  private static final List<String> STATUSES = List.of("affected", "unaffected", "unknown");
  private static final int DESCRIPTION_MAX = 4096;
  private static final int TITLE_MAX = 256;
  private static final Set<String> OF_RECORD =
      Set.of("dataType", "dataVersion", "cveMetadata", "containers");
  private static final Set<String> OF_METADATA =
      Set.of(
          "cveId",
          "assignerOrgId",
          "assignerShortName",
          "requesterUserId",
          "dateUpdated",
          "serial",
          "dateReserved",
          "datePublished",
          "state");
  private static final Set<String> OF_CNA =
      Set.of(
          "providerMetadata",
          "dateAssigned",
          "datePublic",
          "title",
          "descriptions",
          "affected",
          "problemTypes",
          "references",
          "impacts",
          "metrics",
          "configurations",
          "workarounds",
          "solutions",
          "exploits",
          "timeline",
          "credits",
          "source",
          "tags",
          "taxonomyMappings");
  private static final Set<String> OF_VERSION =
      Set.of("version", "status", "versionType", "lessThan", "lessThanOrEqual", "changes");
  private static final Set<String> OF_PROBLEM =
      Set.of("lang", "description", "cweId", "type", "references");
  private static final String NO_IMPACT =
      "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N";

  private CveRecord() {}

  /** Whether a document says that it is one. */
  public static boolean is(JsonObject json) {
    return "CVE_RECORD".equals(json.get("dataType"));
  }

  /**
   * A draft, valid as it stands, of a weakness in a hosted service.
   *
   * @param id such as {@code CVE-2026-12345}
   * @param organization the UUID that the CVE Program gave us
   */
  public static byte[] draft(
      String id, String title, ProviderSettings provider, UUID organization, Instant now) {
    String vendor = provider.name();
    JsonObject cna =
        JsonObject.builder()
            .put("providerMetadata", one("orgId", organization.toString()))
            .put("title", title)
            .put(
                "descriptions", List.of(english("Write here what is wrong, and what it leads to.")))
            .put(
                "affected",
                List.of(
                    JsonObject.builder()
                        .put("vendor", vendor)
                        .put("product", "Token service")
                        .put("cpes", List.of(cpe(vendor)))
                        .put("defaultStatus", "affected")
                        .build()))
            .put(
                "problemTypes",
                List.of(
                    JsonObject.builder()
                        .put(
                            "descriptions",
                            List.of(
                                JsonObject.builder()
                                    .put("type", "CWE")
                                    .put("cweId", "CWE-347")
                                    .put("lang", "en")
                                    .put(
                                        "description",
                                        "CWE-347 Improper Verification of Cryptographic Signature")
                                    .build()))
                        .build()))
            .put(
                "metrics",
                List.of(
                    JsonObject.builder()
                        .put("format", "CVSS")
                        .put(
                            "cvssV4_0",
                            JsonObject.builder()
                                .put("version", "4.0")
                                .put("vectorString", NO_IMPACT)
                                .put("baseScore", 0)
                                .put("baseSeverity", "NONE")
                                .build())
                        .build()))
            .put("references", List.of(one("url", provider.address("statements/" + id))))
            .put("tags", List.of(HOSTED))
            .build();
    JsonObject record =
        JsonObject.builder()
            .put("dataType", "CVE_RECORD")
            .put("dataVersion", "5.2.0")
            .put(
                "cveMetadata",
                JsonObject.builder()
                    .put("cveId", id)
                    .put("assignerOrgId", organization.toString())
                    .put("state", "PUBLISHED")
                    .put("datePublished", now.toString())
                    .build())
            .put("containers", JsonObject.builder().put("cna", cna).build())
            .build();
    return SortedJson.of(record).getBytes(StandardCharsets.UTF_8);
  }

  private static JsonObject one(String name, String value) {
    return JsonObject.builder().put(name, value).build();
  }

  private static JsonObject english(String text) {
    return JsonObject.builder().put("lang", "en").put("value", text).build();
  }

  private static String cpe(String vendor) {
    String plain = vendor.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
    return "cpe:2.3:a:" + plain + ":token_service:*:*:*:*:*:*:*:*";
  }

  /** What is wrong in a record, in the order of its members; empty where it is valid. */
  public static List<Fault> faults(JsonObject json) {
    CsafMembers all = new CsafMembers("", json);
    List<Fault> faults = new ArrayList<>();
    known(faults, all, OF_RECORD);
    matches(faults, all, "dataVersion", VERSION, "is 5.2");
    CsafMembers metadata = all.inner("cveMetadata");
    known(faults, metadata, OF_METADATA);
    matches(faults, metadata, "cveId", ID, "is such as CVE-2026-12345");
    uuid(faults, metadata, "assignerOrgId");
    if (!metadata.text("state").equals(Optional.of("PUBLISHED"))) {
      faults.add(metadata.fault("cve", "state", "is PUBLISHED in a record of ours"));
    }
    CsafMembers cna = all.inner("containers").inner("cna");
    known(faults, cna, OF_CNA);
    if (cna.text("title")
        .filter(title -> title.isEmpty() || title.length() > TITLE_MAX)
        .isPresent()) {
      faults.add(cna.fault("cve", "title", "has 1 to 256 characters"));
    }
    uuid(faults, cna.inner("providerMetadata"), "orgId");
    descriptions(faults, cna);
    affected(faults, cna);
    weaknesses(faults, cna);
    scores(faults, cna);
    List<CsafMembers> references = cna.objects("references");
    if (references.isEmpty()) {
      faults.add(cna.fault("cve", "references", "name at least one place that tells more"));
    }
    for (CsafMembers reference : references) {
      known(faults, reference, Set.of("url", "name", "tags"));
      matches(faults, reference, "url", URL, "is a URL");
    }
    cna.texts("tags").stream()
        .filter(tag -> !TAGS.contains(tag) && !tag.startsWith("x_"))
        .forEach(tag -> faults.add(cna.fault("cve", "tags", "has no tag " + tag)));
    return faults;
  }

  /** The Program refuses names that it does not know, save those of extensions. */
  private static void known(List<Fault> faults, CsafMembers at, Set<String> names) {
    at.object().names().stream()
        .filter(name -> !names.contains(name))
        .filter(name -> !(names.equals(OF_CNA) && name.startsWith("x_")))
        .forEach(name -> faults.add(at.fault("cve", name, "is no member of the format")));
  }

  private static void matches(
      List<Fault> faults, CsafMembers at, String name, Pattern pattern, String rule) {
    if (at.text(name).filter(text -> pattern.matcher(text).matches()).isEmpty()) {
      faults.add(at.fault("cve", name, rule));
    }
  }

  private static void uuid(List<Fault> faults, CsafMembers at, String name) {
    try {
      if (UUID.fromString(at.text(name).orElse("")).version() == 4) {
        return;
      }
    } catch (IllegalArgumentException e) {
      // The fault below says it.
    }
    faults.add(at.fault("cve", name, "is the UUID (version 4) of an organization"));
  }

  private static void descriptions(List<Fault> faults, CsafMembers cna) {
    List<CsafMembers> all = cna.objects("descriptions");
    if (all.stream()
        .noneMatch(one -> one.text("lang").filter(l -> ENGLISH.matcher(l).matches()).isPresent())) {
      faults.add(cna.fault("cve", "descriptions", "has one in English"));
    }
    for (CsafMembers one : all) {
      known(faults, one, Set.of("lang", "value", "supportingMedia"));
      int length = one.text("value").orElse("").length();
      if (length < 1 || length > DESCRIPTION_MAX) {
        faults.add(one.fault("cve", "value", "has 1 to 4096 characters"));
      }
    }
  }

  private static void affected(List<Fault> faults, CsafMembers cna) {
    List<CsafMembers> products = cna.objects("affected");
    if (products.isEmpty()) {
      faults.add(cna.fault("cve", "affected", "names at least one product"));
    }
    for (CsafMembers product : products) {
      if (product.text("vendor").isEmpty() || product.text("product").isEmpty()) {
        faults.add(product.fault("cve", "has a vendor and a product"));
      }
      List<CsafMembers> versions = product.objects("versions");
      Optional<String> otherwise = product.text("defaultStatus");
      if (versions.isEmpty() && otherwise.isEmpty()) {
        faults.add(product.fault("cve", "has versions or a defaultStatus"));
      }
      if (otherwise.filter(status -> !STATUSES.contains(status)).isPresent()) {
        faults.add(product.fault("cve", "defaultStatus", "is one of " + STATUSES));
      }
      for (CsafMembers version : versions) {
        known(faults, version, OF_VERSION);
        if (version.text("version").isEmpty()
            || version.text("status").filter(STATUSES::contains).isEmpty()) {
          faults.add(version.fault("cve", "has a version and a status of " + STATUSES));
        }
      }
      List<String> cpes = product.texts("cpes");
      if (cpes.isEmpty() || !cpes.stream().allMatch(cpe -> CPE.matcher(cpe).matches())) {
        faults.add(product.fault("cve", "cpes", "names the product as CPE 2.3 does"));
      }
    }
  }

  private static void weaknesses(List<Fault> faults, CsafMembers cna) {
    List<CsafMembers> named =
        cna.objects("problemTypes").stream()
            .flatMap(one -> one.objects("descriptions").stream())
            .toList();
    if (named.stream().noneMatch(one -> one.has("cweId"))) {
      faults.add(cna.fault("cve", "problemTypes", "names a weakness (CWE)"));
    }
    for (CsafMembers one : named) {
      known(faults, one, OF_PROBLEM);
      if (one.text("lang").isEmpty() || one.text("description").isEmpty()) {
        faults.add(one.fault("cve", "has lang and description"));
      }
      if (one.has("cweId")) {
        matches(faults, one, "cweId", CWE, "is such as CWE-347");
      }
    }
  }

  private static void scores(List<Fault> faults, CsafMembers cna) {
    List<CsafMembers> scores =
        cna.objects("metrics").stream()
            .filter(one -> one.has("cvssV4_0"))
            .map(one -> one.inner("cvssV4_0"))
            .toList();
    if (scores.isEmpty()) {
      faults.add(cna.fault("cve", "metrics", "has a score (cvssV4_0)"));
    }
    for (CsafMembers score : scores) {
      if (!score.text("version").equals(Optional.of("4.0"))) {
        faults.add(score.fault("cve", "version", "is 4.0"));
      }
      matches(faults, score, "vectorString", VECTOR, "has the eleven base metrics of CVSS 4.0");
      Optional<BigDecimal> base = number(score.object().get("baseScore"));
      if (base.isEmpty()) {
        faults.add(score.fault("cve", "baseScore", "is 0.0 to 10.0"));
      } else if (!score.text("baseSeverity").equals(Optional.of(severity(base.get())))) {
        faults.add(
            score.fault("cve", "baseSeverity", "is " + severity(base.get()) + " at this score"));
      }
      boolean isHarmless =
          score
              .text("vectorString")
              .filter(vector -> vector.contains("/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N"))
              .isPresent();
      if (isHarmless && base.filter(one -> one.signum() != 0).isPresent()) {
        faults.add(score.fault("cve", "baseScore", "is 0.0 where nothing is harmed"));
      }
    }
  }

  private static Optional<BigDecimal> number(@Nullable Object value) {
    try {
      BigDecimal number = new BigDecimal(String.valueOf(value));
      return number.signum() < 0 || number.compareTo(BigDecimal.TEN) > 0
          ? Optional.empty()
          : Optional.of(number);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** The qualitative scale of CVSS 4.0, section 6. */
  private static String severity(BigDecimal score) {
    if (score.signum() == 0) {
      return "NONE";
    }
    if (score.compareTo(new BigDecimal("4.0")) < 0) {
      return "LOW";
    }
    if (score.compareTo(new BigDecimal("7.0")) < 0) {
      return "MEDIUM";
    }
    return score.compareTo(new BigDecimal("9.0")) < 0 ? "HIGH" : "CRITICAL";
  }
}
