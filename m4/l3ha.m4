# ovs-l3ha: checks used by configure.ac.  Each names the Debian package that
# is missing; all are collected and reported at once.

AC_DEFUN([L3HA_MISSING_INIT], [l3ha_missing=])

dnl L3HA_CHECK_PKG(VARIABLE, PKG-CONFIG MODULES, DEBIAN PACKAGES)
AC_DEFUN([L3HA_CHECK_PKG],
  [PKG_CHECK_MODULES([$1], [$2], [], [l3ha_missing="$l3ha_missing $3"])])

AC_DEFUN([L3HA_CHECK_PYTHON],
  [AC_PATH_PROG([PYTHON3], [python3], [no])
   if test "$PYTHON3" = no; then
     l3ha_missing="$l3ha_missing python3"
   fi])

AC_DEFUN([L3HA_CHECK_INIH],
  [AC_CHECK_HEADER([ini.h],
     [AC_SUBST([INIH_LIBS], [-linih])],
     [l3ha_missing="$l3ha_missing libinih-dev"])])

dnl Where the source of Open vSwitch is: a tarball or an unpacked directory.
AC_DEFUN([L3HA_CHECK_OVS_TARBALL],
  [AC_ARG_WITH([ovs-source],
     [AS_HELP_STRING([--with-ovs-source=TARBALL|DIR],
        [source of Open vSwitch to build libopenvswitch from
         [/usr/src/openvswitch/openvswitch.tar.gz]])],
     [], [with_ovs_source=/usr/src/openvswitch/openvswitch.tar.gz])
   AC_ARG_WITH([ovs-cache],
     [AS_HELP_STRING([--with-ovs-cache=DIR],
        [where the build of Open vSwitch is kept
         [~/.cache/ovs-l3ha]])],
     [], [with_ovs_cache="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/ovs-l3ha"])
   AC_MSG_CHECKING([for the source of Open vSwitch])
   if test -e "$with_ovs_source"; then
     AC_MSG_RESULT([$with_ovs_source])
   else
     AC_MSG_RESULT([no])
     l3ha_missing="$l3ha_missing openvswitch-source"
   fi
   AC_CHECK_HEADER([cap-ng.h], [],
     [l3ha_missing="$l3ha_missing libcap-ng-dev"])
   AC_CHECK_HEADER([unbound.h], [],
     [l3ha_missing="$l3ha_missing libunbound-dev"])])

AC_DEFUN([L3HA_MISSING_REPORT],
  [if test -n "$l3ha_missing"; then
     AC_MSG_ERROR([missing Debian packages:$l3ha_missing
  Install them with: apt-get install$l3ha_missing])
   fi])

dnl Builds libopenvswitch.a outside the tree, or finds it already built.
AC_DEFUN([L3HA_BUILD_OVS],
  [AC_MSG_NOTICE([building libopenvswitch (once; kept in $with_ovs_cache)])
   OVS_BUILD=`sh "$srcdir/build-aux/build-ovs" \
                 "$with_ovs_source" "$with_ovs_cache"`
   if test -z "$OVS_BUILD"; then
     AC_MSG_ERROR([libopenvswitch could not be built, see above])
   fi
   OVS_SRC=$OVS_BUILD/src
   OVS_CPPFLAGS="-isystem $OVS_BUILD/build -isystem $OVS_SRC/include"
   OVS_CPPFLAGS="$OVS_CPPFLAGS -isystem $OVS_BUILD/build/include"
   OVS_CPPFLAGS="$OVS_CPPFLAGS -isystem $OVS_SRC/lib"
   OVS_CPPFLAGS="$OVS_CPPFLAGS -isystem $OVS_BUILD/build/lib"
   OVS_CPPFLAGS="$OVS_CPPFLAGS -isystem $OVS_SRC"
   OVS_LIBS="$OVS_BUILD/build/lib/.libs/libopenvswitch.a"
   OVS_LIBS="$OVS_LIBS `cat $OVS_BUILD/libs`"
   AC_SUBST([OVS_BUILD])
   AC_SUBST([OVS_SRC])
   AC_SUBST([OVS_CPPFLAGS])
   AC_SUBST([OVS_LIBS])])

AC_DEFUN([L3HA_ENABLE_WERROR],
  [WARN_CFLAGS="-Wall -Wextra -Wno-sign-compare -Wpointer-arith"
   WARN_CFLAGS="$WARN_CFLAGS -Wformat -Wformat-security -Wswitch-enum"
   WARN_CFLAGS="$WARN_CFLAGS -Wstrict-prototypes -Wold-style-definition"
   WARN_CFLAGS="$WARN_CFLAGS -Wmissing-prototypes -Wshadow"
   WARN_CFLAGS="$WARN_CFLAGS -Wno-missing-field-initializers"
   WARN_CFLAGS="$WARN_CFLAGS -fno-strict-aliasing"
   AC_ARG_ENABLE([Werror],
     [AS_HELP_STRING([--enable-Werror], [treat warnings as errors])],
     [if test "$enableval" = yes; then
        WARN_CFLAGS="$WARN_CFLAGS -Werror"
      fi])
   AC_SUBST([WARN_CFLAGS])])

AC_DEFUN([L3HA_ENABLE_SANITIZE],
  [AC_ARG_ENABLE([sanitize],
     [AS_HELP_STRING([--enable-sanitize],
        [build with -fsanitize=address,undefined])],
     [if test "$enableval" = yes; then
        WARN_CFLAGS="$WARN_CFLAGS -fsanitize=address,undefined"
        WARN_CFLAGS="$WARN_CFLAGS -fno-omit-frame-pointer"
      fi])])

AC_DEFUN([L3HA_ENABLE_FUZZ],
  [AC_ARG_ENABLE([fuzz],
     [AS_HELP_STRING([--enable-fuzz],
        [build the fuzz targets (needs CC=clang, libclang-rt-14-dev)])])
   AM_CONDITIONAL([ENABLE_FUZZ], [test "$enable_fuzz" = yes])])
