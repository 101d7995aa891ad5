"""Django REST framework with its GeoJSON serializers, on one flat table: no join is asked of it."""

import os

import django
from django.conf import settings

from bench.peers.address import parts

_database = parts(os.environ["BENCH_URL"])
settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.contrib.gis.db.backends.postgis",
            "NAME": _database["database"],
            "USER": _database["user"],
            "HOST": _database["host"],
            "CONN_MAX_AGE": None,
            "OPTIONS": {"application_name": _database["application_name"]},
        }
    },
    INSTALLED_APPS=["django.contrib.gis", "rest_framework", "rest_framework_gis"],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF=__name__,
    SECRET_KEY="nothing is signed here",
    USE_TZ=True,
)
django.setup()

from django.contrib.gis.db import models  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.generics import ListAPIView  # noqa: E402
from rest_framework_gis.filters import InBBoxFilter  # noqa: E402
from rest_framework_gis.serializers import GeoFeatureModelSerializer  # noqa: E402


class OpenOpportunity(models.Model):
    id = models.BigIntegerField(primary_key=True)
    title = models.TextField()
    kind = models.TextField()
    category = models.TextField()
    min_age = models.IntegerField()
    max_age = models.IntegerField()
    cost_pence = models.IntegerField()
    place_name = models.TextField()
    provider_name = models.TextField()
    next_start = models.DateTimeField()
    geom = models.PointField(srid=4326)

    class Meta:
        app_label = "bench"
        managed = False
        db_table = 'peer"."open_opportunity'


class _Serializer(GeoFeatureModelSerializer):
    class Meta:
        model = OpenOpportunity
        geo_field = "geom"
        fields = (
            *("id", "title", "kind", "category", "min_age", "max_age", "cost_pence"),
            *("place_name", "provider_name", "next_start"),
        )


class _Box(ListAPIView):
    queryset = OpenOpportunity.objects.order_by("next_start", "id")
    serializer_class = _Serializer
    filter_backends = (InBBoxFilter,)
    bbox_filter_field = "geom"
    bbox_filter_include_overlapping = True
    pagination_class = None

    def filter_queryset(self, queryset):
        return super().filter_queryset(queryset)[:500]


urlpatterns = [path("box", _Box.as_view()), path("", lambda request: HttpResponse(""))]
application = get_wsgi_application()
