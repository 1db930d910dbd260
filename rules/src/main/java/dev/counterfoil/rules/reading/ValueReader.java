package dev.counterfoil.rules.reading;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.counterfoil.configuration.YamlNode;
import dev.counterfoil.configuration.YamlNode.Empty;
import dev.counterfoil.configuration.YamlNode.Scalar;
import dev.counterfoil.configuration.YamlNode.Sequence;
import dev.counterfoil.rules.model.Addresses;
import dev.counterfoil.rules.model.Criterion;
import dev.counterfoil.rules.model.ValueTest;
import dev.counterfoil.rules.model.ValueTest.Comparison;
import dev.counterfoil.rules.model.ValueTest.Piece;
import dev.counterfoil.rules.model.ValueTest.TimePart;
import dev.counterfoil.rules.model.ValueTest.Where;
import dev.counterfoil.rules.reading.RuleFault.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;

/** Reads {@code field|modifier: values} (sigma-appendix-modifiers 2.1.0). For one key. */
final class ValueReader {
  /** Most values of one field, with those that its modifiers make of them. */
  static final int VALUES_MAX = 5_000;

  /** Longest text or regular expression, in characters. */
  static final int TEXT_MAX = 4_096;

  /** Most copies of a part that the counts in a regular expression ask for together. */
  private static final long COPIES_MAX = 10_000;

  private static final String DASHES = "-/\u2013\u2014\u2015";
  private static final java.util.regex.Pattern COUNTED =
      java.util.regex.Pattern.compile("\\{(\\d{1,9})(?:,(\\d{0,9}))?\\}");
  private static final java.util.regex.Pattern PLACEHOLDER =
      java.util.regex.Pattern.compile("(?<!\\\\)%([A-Za-z0-9_.-]{1,100})%");

  /** Names of the appendix; the order of the encodings is the order in which they are done. */
  private enum Modifier {
    ALL,
    STARTSWITH,
    ENDSWITH,
    CONTAINS,
    EXISTS,
    CASED,
    NEQ,
    WINDASH,
    RE,
    I,
    M,
    S,
    BASE64,
    BASE64OFFSET,
    UTF16LE,
    UTF16BE,
    UTF16,
    WIDE,
    LT,
    LTE,
    GT,
    GTE,
    MINUTE,
    HOUR,
    DAY,
    WEEK,
    MONTH,
    YEAR,
    CIDR,
    EXPAND,
    FIELDREF;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Set<Modifier> PLACES =
      EnumSet.of(Modifier.STARTSWITH, Modifier.ENDSWITH, Modifier.CONTAINS);
  private static final Set<Modifier> FLAGS = EnumSet.of(Modifier.I, Modifier.M, Modifier.S);
  private static final Set<Modifier> WIDENESS =
      EnumSet.of(Modifier.UTF16LE, Modifier.UTF16BE, Modifier.UTF16, Modifier.WIDE);
  private static final Set<Modifier> BASES = EnumSet.of(Modifier.BASE64, Modifier.BASE64OFFSET);
  private static final Set<Modifier> COMPARED =
      EnumSet.of(Modifier.LT, Modifier.LTE, Modifier.GT, Modifier.GTE);
  private static final Set<Modifier> TIMES = EnumSet.range(Modifier.MINUTE, Modifier.YEAR);
  private static final Set<Modifier> EVERYWHERE = EnumSet.of(Modifier.ALL, Modifier.NEQ);
  private static final Set<Modifier> TEXTUAL =
      union(PLACES, WIDENESS, BASES, EnumSet.of(Modifier.CASED, Modifier.WINDASH, Modifier.EXPAND));

  /** What may stand beside a modifier that says what kind of value it is. */
  private static final Map<Modifier, Set<Modifier>> KINDS = kinds();

  private final String file;
  private final String path;
  private final int line;
  private final String field;
  private final EnumSet<Modifier> modifiers = EnumSet.noneOf(Modifier.class);
  private final Map<String, List<String>> placeholders;

  private ValueReader(
      String file, String path, int line, String key, Map<String, List<String>> placeholders)
      throws RuleFault {
    this.file = file;
    this.path = path + key;
    this.line = line;
    this.placeholders = placeholders;
    String[] parts = key.split("\\|", -1);
    field = parts[0];
    for (String part : Arrays.asList(parts).subList(1, parts.length)) {
      modifiers.add(modifier(part));
    }
    check();
  }

  /**
   * Reads one key of a detection.
   *
   * @param key field and modifiers; without a field its values are keywords
   */
  static Criterion read(
      String file,
      String path,
      int line,
      String key,
      YamlNode node,
      Map<String, List<String>> placeholders)
      throws RuleFault {
    return new ValueReader(file, path, line, key, placeholders).criterion(node);
  }

  private static Map<Modifier, Set<Modifier>> kinds() {
    Map<Modifier, Set<Modifier>> kinds = new LinkedHashMap<>();
    kinds.put(Modifier.RE, union(EVERYWHERE, FLAGS));
    kinds.put(Modifier.CIDR, union(EVERYWHERE, EnumSet.of(Modifier.EXPAND)));
    kinds.put(Modifier.EXISTS, Set.of());
    kinds.put(Modifier.FIELDREF, union(EVERYWHERE, PLACES, EnumSet.of(Modifier.CASED)));
    for (Modifier time : TIMES) {
      kinds.put(time, union(EVERYWHERE, COMPARED));
    }
    for (Modifier compared : COMPARED) {
      kinds.put(compared, EVERYWHERE);
    }
    return kinds;
  }

  @SafeVarargs
  private static Set<Modifier> union(Set<Modifier>... sets) {
    EnumSet<Modifier> all = EnumSet.noneOf(Modifier.class);
    for (Set<Modifier> set : sets) {
      all.addAll(set);
    }
    return all;
  }

  private Modifier modifier(String name) throws RuleFault {
    for (Modifier modifier : Modifier.values()) {
      if (modifier.text().equals(name)) {
        return modifier;
      }
    }
    throw wrong(Kind.MODIFIER, "there is no modifier '" + name + "'");
  }

  private void check() throws RuleFault {
    Set<Modifier> allowed = union(EVERYWHERE, TEXTUAL);
    for (Map.Entry<Modifier, Set<Modifier>> kind : KINDS.entrySet()) {
      if (modifiers.contains(kind.getKey())) {
        allowed = union(kind.getValue(), EnumSet.of(kind.getKey()));
        break;
      }
    }
    for (Modifier modifier : modifiers) {
      if (!allowed.contains(modifier)) {
        throw wrong(
            Kind.MODIFIER, "modifier '" + modifier.text() + "' does not go with the others");
      }
    }
    for (Set<Modifier> oneOf : List.of(PLACES, WIDENESS, BASES, COMPARED, TIMES)) {
      if (modifiers.stream().filter(oneOf::contains).count() > 1) {
        throw wrong(Kind.MODIFIER, "two modifiers stand there of which one excludes the other");
      }
    }
  }

  private RuleFault wrong(Kind kind, String why) {
    return new RuleFault(kind, file, line, "field '" + path + "': " + why);
  }

  private boolean has(Modifier modifier) {
    return modifiers.contains(modifier);
  }

  private Criterion criterion(YamlNode node) throws RuleFault {
    List<YamlNode> nodes = node instanceof Sequence many ? many.elements() : List.of(node);
    if (nodes.isEmpty()) {
      throw wrong(Kind.VALUE, "the list is empty");
    }
    if (has(Modifier.ALL) && nodes.size() == 1 && !has(Modifier.EXPAND)) {
      throw wrong(Kind.MODIFIER, "modifier 'all' needs more than one value");
    }
    List<ValueTest> tests = new ArrayList<>();
    List<Criterion> groups = new ArrayList<>();
    for (YamlNode one : nodes) {
      if (one instanceof Empty && node instanceof Sequence) {
        throw wrong(Kind.VALUE, "null cannot stand in a list: write a selection of its own");
      }
      List<ValueTest> made = tests(one);
      tests.addAll(made);
      // What a modifier makes of one value are forms of it: any will do, also where all must be.
      groups.add(new Criterion.Field(field, made, false));
      if (tests.size() > VALUES_MAX) {
        throw wrong(Kind.LIMIT, "more than " + VALUES_MAX + " values");
      }
    }
    Criterion found =
        field.isEmpty()
            ? keywords(tests)
            : has(Modifier.ALL) && tests.size() > nodes.size()
                ? new Criterion.All(groups)
                : new Criterion.Field(field, tests, has(Modifier.ALL));
    return has(Modifier.NEQ) && !negatesItself() ? new Criterion.Not(found) : found;
  }

  /** A comparison of a part of a time says itself that it is another one. */
  private boolean negatesItself() {
    return modifiers.stream().anyMatch(TIMES::contains)
        && modifiers.stream().noneMatch(COMPARED::contains);
  }

  private Criterion keywords(List<ValueTest> tests) throws RuleFault {
    List<ValueTest.Text> texts = new ArrayList<>();
    for (ValueTest test : tests) {
      if (!(test instanceof ValueTest.Text text)) {
        throw wrong(Kind.MODIFIER, "keywords are texts");
      }
      List<Piece> pieces = new ArrayList<>(text.pieces());
      pieces.addFirst(new Piece.Run());
      pieces.addLast(new Piece.Run());
      texts.add(new ValueTest.Text(pieces, text.cased()));
    }
    return new Criterion.Keywords(texts, has(Modifier.ALL));
  }

  private List<ValueTest> tests(YamlNode node) throws RuleFault {
    if (node instanceof Empty) {
      if (!modifiers.isEmpty() && !modifiers.equals(EnumSet.of(Modifier.NEQ))) {
        throw wrong(Kind.VALUE, "null takes no modifier");
      }
      return List.of(new ValueTest.Missing());
    }
    if (!(node instanceof Scalar scalar)) {
      throw wrong(Kind.VALUE, "want single values, and there is " + node.kind());
    }
    String value = scalar.text();
    if (value.length() > TEXT_MAX) {
      throw wrong(Kind.LIMIT, "a value is longer than " + TEXT_MAX + " characters");
    }
    if (has(Modifier.RE)) {
      return List.of(expression(value));
    }
    if (has(Modifier.EXISTS)) {
      if (!value.equals("true") && !value.equals("false")) {
        throw wrong(Kind.VALUE, "modifier 'exists' wants true or false");
      }
      return List.of(new ValueTest.Exists(value.equals("true")));
    }
    if (has(Modifier.FIELDREF)) {
      return List.of(new ValueTest.SameAs(value, where(), has(Modifier.CASED)));
    }
    for (TimePart part : TimePart.values()) {
      if (has(Modifier.valueOf(part.name()))) {
        return List.of(new ValueTest.Calendar(part, comparison(), number(value)));
      }
    }
    if (modifiers.stream().anyMatch(COMPARED::contains)) {
      return List.of(new ValueTest.Amount(comparison(), number(value)));
    }
    List<ValueTest> tests = new ArrayList<>();
    for (String expanded : has(Modifier.EXPAND) ? expand(value) : List.of(value)) {
      if (has(Modifier.CIDR)) {
        tests.add(
            Addresses.network(expanded)
                .orElseThrow(
                    () ->
                        wrong(Kind.VALUE, "want a network such as 192.0.2.0/24 or 2001:db8::/32")));
      } else {
        tests.addAll(texts(expanded));
      }
    }
    return tests;
  }

  private Comparison comparison() {
    for (Modifier compared : COMPARED) {
      if (has(compared)) {
        return Comparison.valueOf(compared.name());
      }
    }
    return has(Modifier.NEQ) ? Comparison.NEQ : Comparison.EQ;
  }

  private Where where() {
    return has(Modifier.STARTSWITH)
        ? Where.BEGINNING
        : has(Modifier.ENDSWITH)
            ? Where.END
            : has(Modifier.CONTAINS) ? Where.ANYWHERE : Where.WHOLE;
  }

  private double number(String value) throws RuleFault {
    if (value.length() <= 32 && value.matches("-?[0-9]+(\\.[0-9]+)?")) {
      return Double.parseDouble(value);
    }
    throw wrong(Kind.VALUE, "want a number");
  }

  private ValueTest expression(String value) throws RuleFault {
    long copies = 1;
    Matcher counted = COUNTED.matcher(value);
    while (counted.find()) {
      String upper = counted.group(2);
      String most = upper == null || upper.isEmpty() ? counted.group(1) : upper;
      copies = Math.min(COPIES_MAX + 1, copies * Math.max(1, Long.parseLong(most)));
    }
    if (copies > COPIES_MAX) {
      throw wrong(
          Kind.LIMIT, "the counts in the expression ask for more than " + COPIES_MAX + " copies");
    }
    int flags =
        (has(Modifier.I) ? Pattern.CASE_INSENSITIVE : 0)
            | (has(Modifier.M) ? Pattern.MULTILINE : 0)
            | (has(Modifier.S) ? Pattern.DOTALL : 0);
    try {
      return new ValueTest.Expression(Pattern.compile(value, flags));
    } catch (PatternSyntaxException e) {
      throw wrong(
          Kind.REGEX,
          "not an expression that is found in linear time (RE2): "
              + e.getDescription()
              + (e.getPattern().isEmpty() ? "" : " '" + e.getPattern() + "'"));
    }
  }

  private List<String> expand(String value) throws RuleFault {
    List<String> expanded = List.of("");
    int at = 0;
    Matcher found = PLACEHOLDER.matcher(value);
    while (found.find()) {
      List<String> values = placeholders.get(found.group(1));
      if (values == null) {
        throw wrong(
            Kind.PLACEHOLDER,
            "placeholder %" + found.group(1) + "% has no values here: give them with a field map");
      }
      expanded = product(expanded, value.substring(at, found.start()), values);
      at = found.end();
    }
    return product(expanded, value.substring(at), List.of("")).stream()
        .map(text -> text.replace("\\%", "%"))
        .toList();
  }

  private List<String> product(List<String> before, String between, List<String> values)
      throws RuleFault {
    if ((long) before.size() * values.size() > VALUES_MAX) {
      throw wrong(Kind.LIMIT, "more than " + VALUES_MAX + " values");
    }
    List<String> all = new ArrayList<>();
    for (String one : before) {
      for (String value : values) {
        all.add(one + between + value);
      }
    }
    return all;
  }

  private List<ValueTest> texts(String value) throws RuleFault {
    List<Piece> pieces = pieces(value);
    List<ValueTest> texts = new ArrayList<>();
    if (modifiers.stream().noneMatch(union(WIDENESS, BASES)::contains)) {
      texts.add(text(pieces));
      return texts;
    }
    StringBuilder plain = new StringBuilder();
    for (Piece piece : pieces) {
      if (!(piece instanceof Piece.Literal literal)) {
        throw wrong(Kind.VALUE, "a value with wildcards cannot be encoded");
      }
      plain.append(literal.text());
    }
    byte[] bytes = bytes(plain.toString());
    if (has(Modifier.BASE64OFFSET)) {
      for (int offset = 0; offset < 3; offset++) {
        texts.add(text(List.of(new Piece.Literal(base64(bytes, offset)))));
      }
    } else if (has(Modifier.BASE64)) {
      texts.add(text(List.of(new Piece.Literal(Base64.getEncoder().encodeToString(bytes)))));
    } else {
      texts.add(text(List.of(new Piece.Literal(new String(bytes, StandardCharsets.ISO_8859_1)))));
    }
    return texts;
  }

  private byte[] bytes(String text) {
    if (has(Modifier.UTF16LE) || has(Modifier.WIDE)) {
      return text.getBytes(StandardCharsets.UTF_16LE);
    }
    if (has(Modifier.UTF16BE)) {
      return text.getBytes(StandardCharsets.UTF_16BE);
    }
    return has(Modifier.UTF16)
        ? ("\ufeff" + text).getBytes(StandardCharsets.UTF_16LE)
        : text.getBytes(StandardCharsets.UTF_8);
  }

  /** What is the same wherever in an encoded text the bytes stand, so many bytes off a third. */
  private static String base64(byte[] bytes, int offset) {
    byte[] shifted = new byte[bytes.length + offset];
    System.arraycopy(bytes, 0, shifted, offset, bytes.length);
    String whole = Base64.getEncoder().encodeToString(shifted);
    int from = new int[] {0, 2, 3}[offset];
    int to = whole.length() - new int[] {0, 3, 2}[shifted.length % 3];
    return whole.substring(from, Math.max(from, to));
  }

  private ValueTest.Text text(List<Piece> pieces) {
    List<Piece> placed = new ArrayList<>(has(Modifier.WINDASH) ? dashed(pieces) : pieces);
    if (has(Modifier.ENDSWITH) || has(Modifier.CONTAINS)) {
      placed.addFirst(new Piece.Run());
    }
    if (has(Modifier.STARTSWITH) || has(Modifier.CONTAINS)) {
      placed.addLast(new Piece.Run());
    }
    return new ValueTest.Text(placed, has(Modifier.CASED));
  }

  private static List<Piece> dashed(List<Piece> pieces) {
    List<Piece> dashed = new ArrayList<>();
    for (Piece piece : pieces) {
      if (!(piece instanceof Piece.Literal literal)) {
        dashed.add(piece);
        continue;
      }
      int from = 0;
      String text = literal.text();
      for (int at = 0; at < text.length(); at++) {
        if (DASHES.indexOf(text.charAt(at)) >= 0) {
          addLiteral(dashed, text.substring(from, at));
          dashed.add(new Piece.Dash());
          from = at + 1;
        }
      }
      addLiteral(dashed, text.substring(from));
    }
    return dashed;
  }

  /** Wildcards, and a backslash that makes one of them, or another backslash, plain. */
  private static List<Piece> pieces(String value) {
    List<Piece> pieces = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    for (int at = 0; at < value.length(); at++) {
      char c = value.charAt(at);
      if (c == '\\' && at + 1 < value.length() && "*?\\".indexOf(value.charAt(at + 1)) >= 0) {
        literal.append(value.charAt(++at));
      } else if (c == '*' || c == '?') {
        addLiteral(pieces, literal.toString());
        literal.setLength(0);
        pieces.add(c == '*' ? new Piece.Run() : new Piece.Single());
      } else {
        literal.append(c);
      }
    }
    addLiteral(pieces, literal.toString());
    return pieces;
  }

  private static void addLiteral(List<Piece> pieces, String text) {
    if (!text.isEmpty()) {
      pieces.add(new Piece.Literal(text));
    }
  }
}
