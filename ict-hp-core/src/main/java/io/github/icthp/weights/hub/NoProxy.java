package io.github.icthp.weights.hub;

import com.google.common.base.Splitter;
import com.google.common.net.InetAddresses;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;

/**
 * The hosts of {@code NO_PROXY}: {@code *} for all, names with the names below them, with a port or
 * for every port, addresses, and networks such as {@code 10.0.0.0/8}.
 *
 * @param entries in lower case, without dot or asterisk at the beginning
 */
record NoProxy(List<String> entries) {

    private static final String ALL = "*";

    static NoProxy of(String value) {
        return new NoProxy(
                Splitter.on(',')
                        .trimResults()
                        .omitEmptyStrings()
                        .splitToStream(value.toLowerCase(Locale.ROOT))
                        .map(entry -> entry.equals(ALL) ? ALL : entry.replaceFirst("^\\*?\\.+", ""))
                        .toList());
    }

    /** Returns whether an address needs no proxy. */
    boolean covers(URI address) {
        String host = bare(address.getHost().toLowerCase(Locale.ROOT));
        String port = ":" + port(address);
        return entries.stream().anyMatch(entry -> matches(entry, host, port));
    }

    /** Returns the port that an address is asked at: its scheme's where it names none. */
    private static int port(URI address) {
        if (address.getPort() >= 0) {
            return address.getPort();
        }
        return "http".equalsIgnoreCase(address.getScheme()) ? 80 : 443;
    }

    private static boolean matches(String entry, String host, String port) {
        if (entry.equals(ALL)) {
            return true;
        }
        if (InetAddresses.isInetAddress(host)) {
            return isSame(entry, host) || isInNetwork(entry, host) || isSame(entry, host, port);
        }
        return isBelow(entry, host) || isBelow(entry, host + port);
    }

    private static boolean isBelow(String entry, String host) {
        return host.equals(entry) || host.endsWith("." + entry);
    }

    private static boolean isSame(String entry, String host) {
        String other = bare(entry);
        return InetAddresses.isInetAddress(other)
                && InetAddresses.forString(other).equals(InetAddresses.forString(host));
    }

    private static boolean isSame(String entry, String host, String port) {
        return entry.endsWith(port)
                && isSame(entry.substring(0, entry.length() - port.length()), host);
    }

    private static boolean isInNetwork(String entry, String host) {
        int slash = entry.indexOf('/');
        String network = bare(slash < 0 ? entry : entry.substring(0, slash));
        String length = entry.substring(slash + 1);
        if (slash < 0 || !InetAddresses.isInetAddress(network) || !length.matches("\\d{1,3}")) {
            return false;
        }
        InetAddress first = InetAddresses.forString(network);
        InetAddress other = InetAddresses.forString(host);
        int free = 8 * first.getAddress().length - Integer.parseInt(length);
        return first.getClass() == other.getClass()
                && free >= 0
                && number(first).shiftRight(free).equals(number(other).shiftRight(free));
    }

    private static BigInteger number(InetAddress address) {
        return new BigInteger(1, address.getAddress());
    }

    /** Returns an address without the brackets that IPv6 has in a URL. */
    private static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host;
    }
}
