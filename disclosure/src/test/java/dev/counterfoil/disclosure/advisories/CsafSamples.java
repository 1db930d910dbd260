package dev.counterfoil.disclosure.advisories;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Documents of each profile, and for each rule one that breaks it. */
public final class CsafSamples {
  public static final Instant NOW = Instant.parse("2026-11-30T09:00:00Z");

  public static final ProviderSettings PROVIDER =
      new ProviderSettings(
          URI.create("https://trust.example.com"),
          "Example",
          URI.create("https://example.com"),
          "vendor",
          Optional.of("security@example.com"),
          Optional.empty(),
          true,
          true,
          Optional.of("0b142b55-0307-4c5a-b3c9-f314f3fb7c5e"));

  private static final String HISTORY = "document/tracking/revision_history";

  private CsafSamples() {}

  /** A final document, as a person makes it of a draft. */
  public static JsonObject good(Profile profile, String id) {
    try {
      JsonObject draft =
          StrictJson.object(
              AdvisoryDraft.of(profile, id, "A sample", PROVIDER, TlpLabel.WHITE, NOW),
              CsafDocument.BYTES_MAX);
      return set(draft, "document/tracking/status", "final");
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same object with a value at a path, such as {@code vulnerabilities/0/cve}. */
  public static JsonObject set(JsonObject in, String path, Object value) {
    return (JsonObject) change(in, path.split("/"), 0, before -> value);
  }

  static JsonObject drop(JsonObject in, String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0
        ? in.without(path)
        : (JsonObject)
            change(
                in,
                path.substring(0, slash).split("/"),
                0,
                before -> ((JsonObject) before).without(path.substring(slash + 1)));
  }

  private static Object change(Object in, String[] path, int at, UnaryOperator<Object> how) {
    if (at == path.length) {
      return how.apply(in);
    }
    if (in instanceof List<?> list) {
      List<Object> changed = new ArrayList<>(list);
      int index = Integer.parseInt(path[at]);
      changed.set(index, change(changed.get(index), path, at + 1, how));
      return changed;
    }
    JsonObject object = (JsonObject) in;
    Object inner = object.get(path[at]);
    return object.with(
        path[at], change(inner == null ? JsonObject.builder().build() : inner, path, at + 1, how));
  }

  static JsonObject json(String text) {
    try {
      return StrictJson.object(
          text.replace('\'', '"').getBytes(StandardCharsets.UTF_8), CsafDocument.BYTES_MAX);
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Object> list(String... elements) {
    return Arrays.stream(elements)
        .map(text -> text.startsWith("{") ? (Object) json(text) : text)
        .toList();
  }

  /** A document with all that ours may have: two products, a group, a score, a flag. */
  static JsonObject rich() {
    JsonObject rich = good(Profile.VEX, "CF-2026-0009");
    rich = set(rich, "vulnerabilities/0/cve", "CVE-2026-10001");
    rich =
        set(
            rich,
            "product_tree/full_product_names",
            list("{'name':'Example client','product_id':'client'}"));
    rich =
        set(
            rich,
            "product_tree/product_groups",
            list("{'group_id':'all','product_ids':['client','service']}"));
    rich =
        set(
            rich,
            "vulnerabilities/0/cwe",
            json("{'id':'CWE-347','name':'Improper Verification of Cryptographic Signature'}"));
    rich =
        set(
            rich,
            "vulnerabilities/0/product_status",
            json("{'fixed':['service'],'known_not_affected':['client']}"));
    rich =
        set(
            rich,
            "vulnerabilities/0/flags",
            list("{'label':'vulnerable_code_not_present','product_ids':['client']}"));
    rich =
        set(
            rich,
            "vulnerabilities/0/remediations",
            list(
                "{'category':'vendor_fix','details':'Nothing is left to"
                    + " do.','group_ids':['all']}"));
    return set(rich, "vulnerabilities/0/scores", list(score("9.1", "CRITICAL")));
  }

  private static String score(String base, String severity) {
    return """
    {'products':['service'],'cvss_v3':{'version':'3.1','vectorString':'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N',
    'baseScore':%s,'baseSeverity':'%s','attackVector':'NETWORK'}}\
    """
        .formatted(base, severity);
  }

  private static String revision(String number, String date) {
    return "{'date':'%s','number':'%s','summary':'A change.'}".formatted(date, number);
  }

  /** By the rule that each breaks, with a letter where there are several. */
  public static Map<String, JsonObject> bad() {
    Map<String, JsonObject> bad = new LinkedHashMap<>();
    JsonObject rich = rich();
    JsonObject vulnerability =
        (JsonObject) Objects.requireNonNull((List<?>) rich.get("vulnerabilities")).getFirst();
    JsonObject base = good(Profile.BASE, "CF-2026-0001");
    JsonObject incident = good(Profile.SECURITY_INCIDENT_RESPONSE, "CF-2026-0002");
    JsonObject advisory = good(Profile.SECURITY_ADVISORY, "CF-2026-0003");
    String first = revision("1", "2026-11-30T09:00:00Z");
    bad.put("schema", drop(base, "document/title"));
    bad.put("schema b", set(base, "document/tracking/current_release_date", "yesterday"));
    bad.put("schema c", set(rich, "vulnerabilities/0/scores/0/cvss_v3/baseScore", 11L));
    bad.put("6.1.1", set(rich, "vulnerabilities/0/product_status/fixed", list("other")));
    bad.put(
        "6.1.2",
        set(
            rich,
            "product_tree/full_product_names",
            list(
                "{'name':'Example client','product_id':'service'}",
                "{'name':'x','product_id':'client'}")));
    bad.put(
        "6.1.3",
        set(
            rich,
            "product_tree/relationships",
            list(
                "{'category':'installed_on','full_product_name':{'name':'x','product_id':'x'},'product_reference':'x','relates_to_product_reference':'client'}")));
    bad.put("6.1.4", set(rich, "vulnerabilities/0/remediations/0/group_ids", list("other")));
    bad.put(
        "6.1.5",
        set(
            rich,
            "product_tree/product_groups",
            list(
                "{'group_id':'all','product_ids':['client','service']}",
                "{'group_id':'all','product_ids':['service','client']}")));
    bad.put(
        "6.1.6",
        set(rich, "vulnerabilities/0/product_status/under_investigation", list("service")));
    bad.put(
        "6.1.7",
        set(
            rich,
            "vulnerabilities/0/scores",
            list(
                score("9.1", "CRITICAL"),
                score("9.1", "CRITICAL").replace("NETWORK'", "NETWORK','scope':'UNCHANGED'"))));
    bad.put("6.1.9", set(rich, "vulnerabilities/0/scores", list(score("9.8", "CRITICAL"))));
    bad.put("6.1.9 b", set(rich, "vulnerabilities/0/scores", list(score("9.1", "HIGH"))));
    bad.put("6.1.10", set(rich, "vulnerabilities/0/scores/0/cvss_v3/attackVector", "LOCAL"));
    bad.put("6.1.11", set(rich, "vulnerabilities/0/cwe/name", "Improper Verification"));
    bad.put("6.1.12", set(base, "document/lang", "xx"));
    bad.put(
        "6.1.14",
        set(
            set(base, HISTORY, list(revision("2", "2026-11-29T09:00:00Z"), first)),
            "document/tracking/version",
            "2"));
    bad.put("6.1.15", set(base, "document/publisher/category", "translator"));
    bad.put("6.1.16", set(base, "document/tracking/version", "2"));
    bad.put(
        "6.1.17",
        set(
            set(base, HISTORY, list(revision("0.9.0", "2026-11-30T09:00:00Z"))),
            "document/tracking/version",
            "0.9.0"));
    bad.put(
        "6.1.18",
        set(
            set(base, HISTORY, list(revision("0", "2026-11-29T09:00:00Z"), first)),
            "document/tracking/version",
            "1"));
    bad.put(
        "6.1.19",
        set(
            set(
                base,
                HISTORY,
                list(
                    revision("1.0.0-rc1", "2026-11-29T09:00:00Z"),
                    revision("1.0.0", "2026-11-30T09:00:00Z"))),
            "document/tracking/version",
            "1.0.0"));
    bad.put(
        "6.1.20",
        set(
            set(base, HISTORY, list(revision("1.0.0-rc1", "2026-11-29T09:00:00Z"))),
            "document/tracking/version",
            "1.0.0-rc1"));
    bad.put(
        "6.1.21",
        set(
            set(base, HISTORY, list(first, revision("3", "2026-12-01T09:00:00Z"))),
            "document/tracking/version",
            "3"));
    bad.put("6.1.22", set(base, HISTORY, list(first, revision("1", "2026-12-01T09:00:00Z"))));
    bad.put(
        "6.1.23",
        set(
            rich,
            "vulnerabilities",
            List.of(vulnerability, vulnerability.with("title", "another"))));
    bad.put(
        "6.1.24",
        set(
            rich,
            "vulnerabilities/0/involvements",
            list(
                "{'party':'vendor','status':'open','date':'2026-11-30T09:00:00Z'}",
                "{'party':'vendor','status':'completed','date':'2026-11-30T09:00:00Z'}")));
    bad.put(
        "6.1.25",
        set(
            rich,
            "product_tree/full_product_names/0/product_identification_helper",
            json(
                "{'hashes':[{'filename':'a.jar','file_hashes':[{'algorithm':'sha256','value':'026a37919b182ef7c63791e82c9645e2f897a3f0b73c7a6028c7febf62e93838'},{'algorithm':'sha256','value':'126a37919b182ef7c63791e82c9645e2f897a3f0b73c7a6028c7febf62e93838'}]}]}")));
    bad.put("6.1.26", set(base, "document/category", "Security_Incident_Response"));
    bad.put("6.1.27.1", set(incident, "document/notes/0/category", "other"));
    bad.put("6.1.27.2", set(incident, "document/references/0/category", "self"));
    bad.put(
        "6.1.27.3",
        set(
            set(advisory, "document/category", "csaf_informational_advisory"),
            "document/title",
            "With vulnerabilities"));
    bad.put("6.1.27.4", drop(drop(advisory, "product_tree"), "vulnerabilities/0/product_status"));
    bad.put("6.1.27.5", drop(advisory, "vulnerabilities/0/notes"));
    bad.put("6.1.27.6", drop(advisory, "vulnerabilities/0/product_status"));
    bad.put(
        "6.1.27.7",
        set(rich, "vulnerabilities/0/product_status", json("{'first_fixed':['service']}")));
    bad.put("6.1.27.8", drop(good(Profile.VEX, "CF-2026-0004"), "vulnerabilities/0/ids"));
    bad.put("6.1.27.9", drop(rich, "vulnerabilities/0/flags"));
    bad.put(
        "6.1.27.10",
        set(
            drop(rich, "vulnerabilities/0/remediations"),
            "vulnerabilities/0/product_status",
            json("{'known_affected':['service'],'known_not_affected':['client']}")));
    bad.put("6.1.27.11", drop(advisory, "vulnerabilities"));
    bad.put("6.1.28", set(base, "document/source_lang", "en"));
    bad.put("6.1.29", drop(rich, "vulnerabilities/0/remediations/0/group_ids"));
    bad.put(
        "6.1.30",
        set(
            base,
            HISTORY,
            list(
                revision("1.0.0", "2026-11-29T09:00:00Z"), revision("2", "2026-11-30T09:00:00Z"))));
    bad.put("6.1.30", set(bad.get("6.1.30"), "document/tracking/version", "2"));
    bad.put(
        "6.1.31",
        set(
            rich,
            "product_tree/branches/0/branches",
            list(
                "{'category':'product_name','name':'Token service','product':{'name':'Token"
                    + " service','product_id':'service'}}",
                "{'category':'product_version','name':'before"
                    + " 4.2','product':{'name':'Old','product_id':'old'}}")));
    bad.put(
        "6.1.32",
        set(
            rich,
            "vulnerabilities/0/flags",
            list(
                "{'label':'vulnerable_code_not_present','product_ids':['client']}",
                "{'label':'component_not_present'}")));
    bad.put(
        "6.1.33",
        set(
            rich,
            "vulnerabilities/0/flags",
            list(
                "{'label':'vulnerable_code_not_present','product_ids':['client']}",
                "{'label':'component_not_present','product_ids':['client']}")));
    return bad;
  }

  static Optional<URI> successor(boolean isSuperseded) {
    return isSuperseded
        ? Optional.of(URI.create("https://trust.example.com/CF-2026-0010"))
        : Optional.empty();
  }

  /** The last version of a good document, in the draft of CSAF 2.1. */
  public static byte[] ended(Profile profile, String id, boolean isSuperseded) {
    try {
      return AdvisoryEnding.draft(
          CsafDocument.parse(good(profile, id).toString().getBytes(StandardCharsets.UTF_8)),
          "The key was never used.",
          successor(isSuperseded),
          NOW.plusSeconds(60));
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same in CSAF 2.0. */
  public static byte[] endedInCsaf20(Profile profile, String id, boolean isSuperseded) {
    try {
      return AdvisoryEnding.of(
          CsafDocument.parse(good(profile, id).toString().getBytes(StandardCharsets.UTF_8)),
          "The key was never used.",
          successor(isSuperseded),
          NOW.plusSeconds(60));
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  static JsonObject endedJson(boolean isSuperseded) {
    return json(
        new String(
            ended(Profile.SECURITY_INCIDENT_RESPONSE, "CF-2026-0001", isSuperseded),
            StandardCharsets.UTF_8));
  }

  /** By the rule of CSAF 2.1 that each breaks. */
  public static Map<String, JsonObject> badDrafts() {
    JsonObject withdrawn = endedJson(false);
    JsonObject superseded = endedJson(true);
    Map<String, JsonObject> bad = new LinkedHashMap<>();
    bad.put("6.1.27.14", set(withdrawn, "document/notes/0/category", "general"));
    bad.put(
        "6.1.27.15",
        set(
            withdrawn,
            "product_tree",
            json("{'full_product_names':[{'name':'Example client','product_id':'client'}]}")));
    bad.put(
        "6.1.27.16",
        set(
            withdrawn,
            HISTORY,
            list("{'date':'2026-11-30T09:01:00Z','number':'2','summary':'Withdrawn.'}")));
    bad.put("6.1.27.17", set(withdrawn, "document/notes/0/title", "Why"));
    bad.put("6.1.27.18", set(superseded, "document/notes/0/title", "Why"));
    bad.put("6.1.27.19", drop(superseded, "document/references"));
    return bad;
  }
}
