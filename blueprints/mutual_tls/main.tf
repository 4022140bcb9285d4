# A REST API for devices with client certificates, on a custom domain with mutual TLS.
# The function's package, for arm64:
#   pip install -r requirements.txt --target build --platform manylinux2014_aarch64 --python-version 3.13 --only-binary :all:
#   cp *.py build && (cd build && zip -qr ../build.zip .)

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "domain_name" {
  description = "The custom domain, which is the only way in"
  type        = string
  default     = "devices.example.com"
}

variable "certificate_arn" {
  description = "ARN of the domain's own certificate in ACM, of this Region"
  type        = string
  default     = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
  validation {
    condition     = can(regex("^(?:arn:aws[a-z-]*:acm:.+)$", var.certificate_arn))
    error_message = "That is no ARN of a certificate in ACM."
  }
}

variable "truststore_uri" {
  description = "Where the authorities' certificates are, in a bucket with versions"
  type        = string
  default     = "s3://example-truststore/authorities.pem"
  validation {
    condition     = can(regex("^(?:s3://.+)$", var.truststore_uri))
    error_message = "The truststore is an object in S3."
  }
}

variable "truststore_version" {
  description = "The version of that object, so that nobody who can write to the bucket changes who is trusted"
  type        = string
  default     = "1"
}

variable "issuer" {
  description = "The whole name of the authority whose certificates are taken (RFC 4514)"
  type        = string
  default     = "CN=Device CA,O=Example Corp"
}

variable "crl" {
  description = "The authority's revocation list, a file packed with the function; without one, none is asked for"
  type        = string
  default     = ""
}

variable "authority" {
  description = "The authority's certificate, a file packed with the function"
  type        = string
  default     = "device-ca.pem"
}

variable "package" {
  description = "The function's zip file"
  type        = string
  default     = "build.zip"
}

variable "web_acl" {
  description = "ARN of a regional web ACL; none if empty"
  type        = string
  default     = ""
}

locals {
  name = "devices"
  functions = {
    authorizer = {
      handler     = "app.handler"
      environment = { ISSUER = var.issuer, CRL = var.crl, AUTHORITY = var.authority }
    }
    backend = { handler = "backend.handler", environment = {} }
  }
  resources = {
    "/devices/{device}/settings" = aws_api_gateway_resource.settings.id
    "/devices/{device}/readings" = aws_api_gateway_resource.readings.id
    "/time"                      = aws_api_gateway_resource.time.id
  }
  methods = toset(["GET /devices/{device}/settings", "POST /devices/{device}/readings", "GET /time"])
}

# --- the functions ----------------------------------------------------------------------------------------------------

resource "aws_lambda_function" "each" {
  # checkov:skip=CKV_AWS_50:Tracing is active, below.
  # checkov:skip=CKV_AWS_115:The stage is throttled. A limit here would turn its bursts into 500.
  # checkov:skip=CKV_AWS_116:They are called synchronously; nothing would ever go to a dead-letter queue.
  # checkov:skip=CKV_AWS_117:They ask nobody, in a VPC or elsewhere.
  # checkov:skip=CKV_AWS_173:Their environment holds no secret.
  # checkov:skip=CKV_AWS_272:Sign the package where your pipeline has a signing profile.
  for_each         = local.functions
  function_name    = "${local.name}-${each.key}"
  role             = aws_iam_role.each[each.key].arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = each.value.handler
  filename         = var.package
  source_code_hash = fileexists(var.package) ? filebase64sha256(var.package) : null
  memory_size      = 512
  timeout          = 5

  environment {
    variables = each.value.environment
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.each[each.key].name
  }
}

resource "aws_cloudwatch_log_group" "each" {
  # checkov:skip=CKV_AWS_158:Encrypted with the service's key. They hold no credentials, and a key of yours costs extra.
  for_each          = toset(["authorizer", "backend", "access"])
  name              = "/authkit/${local.name}/${each.key}"
  retention_in_days = 365
}

resource "aws_iam_role" "each" {
  for_each = local.functions
  name     = "${local.name}-${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "logs_and_traces" {
  # checkov:skip=CKV_AWS_355:X-Ray knows no resources.
  # checkov:skip=CKV_AWS_290:As above; what it may write else is one log group of its own.
  for_each = local.functions
  name     = "logs-and-traces"
  role     = aws_iam_role.each[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.each[each.key].arn}:*"
      },
      { Effect = "Allow", Action = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource = "*" },
    ]
  })
}

# --- the API ----------------------------------------------------------------------------------------------------------

resource "aws_api_gateway_rest_api" "api" {
  name                         = local.name
  disable_execute_api_endpoint = true # calls there would come without a certificate
  endpoint_configuration {
    types = ["REGIONAL"]
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_authorizer" "certificate" {
  name                             = "certificate"
  rest_api_id                      = aws_api_gateway_rest_api.api.id
  type                             = "REQUEST"
  authorizer_uri                   = aws_lambda_function.each["authorizer"].invoke_arn
  identity_source                  = "context.identity.sourceIp" # always there; the default would demand Authorization
  authorizer_result_ttl_in_seconds = 0                           # a certificate can be no identity source
}

resource "aws_lambda_permission" "authorizer" {
  function_name = aws_lambda_function.each["authorizer"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/authorizers/${aws_api_gateway_authorizer.certificate.id}"
}

resource "aws_lambda_permission" "backend" {
  function_name = aws_lambda_function.each["backend"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/${aws_api_gateway_stage.live.stage_name}/*"
}

resource "aws_api_gateway_resource" "devices" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_rest_api.api.root_resource_id
  path_part   = "devices"
}

resource "aws_api_gateway_resource" "device" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.devices.id
  path_part   = "{device}"
}

resource "aws_api_gateway_resource" "settings" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.device.id
  path_part   = "settings"
}

resource "aws_api_gateway_resource" "readings" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.device.id
  path_part   = "readings"
}

resource "aws_api_gateway_resource" "time" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_rest_api.api.root_resource_id
  path_part   = "time"
}

resource "aws_api_gateway_method" "each" {
  for_each      = local.methods
  rest_api_id   = aws_api_gateway_rest_api.api.id
  resource_id   = local.resources[split(" ", each.key)[1]]
  http_method   = split(" ", each.key)[0]
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.certificate.id

  request_validator_id = aws_api_gateway_request_validator.all.id
  request_models       = startswith(each.key, "POST ") ? { "application/json" = aws_api_gateway_model.reading.name } : null
}

resource "aws_api_gateway_request_validator" "all" {
  name                        = "all"
  rest_api_id                 = aws_api_gateway_rest_api.api.id
  validate_request_body       = true
  validate_request_parameters = true
}

resource "aws_api_gateway_model" "reading" {
  name         = "Reading"
  rest_api_id  = aws_api_gateway_rest_api.api.id
  content_type = "application/json"
  schema = jsonencode({
    type                 = "object"
    required             = ["value"]
    additionalProperties = false
    properties           = { value = { type = "number" } }
  })
}

resource "aws_api_gateway_integration" "each" {
  for_each                = local.methods
  rest_api_id             = aws_api_gateway_rest_api.api.id
  resource_id             = local.resources[split(" ", each.key)[1]]
  http_method             = aws_api_gateway_method.each[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_function.each["backend"].invoke_arn
}

# --- the only way in --------------------------------------------------------------------------------------------------

resource "aws_api_gateway_domain_name" "only" {
  domain_name              = var.domain_name
  regional_certificate_arn = var.certificate_arn
  security_policy          = "TLS_1_2"
  endpoint_configuration {
    types = ["REGIONAL"]
  }
  mutual_tls_authentication {
    truststore_uri     = var.truststore_uri
    truststore_version = var.truststore_version
  }
}

resource "aws_api_gateway_base_path_mapping" "only" {
  api_id      = aws_api_gateway_rest_api.api.id
  domain_name = aws_api_gateway_domain_name.only.domain_name
  stage_name  = aws_api_gateway_stage.live.stage_name
}

resource "aws_api_gateway_gateway_response" "unauthorized" {
  rest_api_id         = aws_api_gateway_rest_api.api.id
  response_type       = "UNAUTHORIZED"
  status_code         = "401"
  response_parameters = { "gatewayresponse.header.WWW-Authenticate" = "'ClientCertificate'" }
}

# --- the stage --------------------------------------------------------------------------------------------------------

resource "aws_api_gateway_deployment" "api" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  triggers    = { content = filesha1("${path.module}/main.tf") }
  depends_on = [
    aws_api_gateway_integration.each,
    aws_api_gateway_gateway_response.unauthorized,
  ]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "live" {
  # checkov:skip=CKV_AWS_120:Responses differ by caller. Nothing of them is kept.
  # checkov:skip=CKV2_AWS_29:A web ACL is associated where web_acl names one.
  # checkov:skip=CKV2_AWS_51:That is a certificate of the gateway's own, for backends over HTTP; there is none.
  # checkov:skip=CKV2_AWS_77:The rules are the web ACL's; take the managed group of known bad inputs into yours.
  # checkov:skip=CKV2_AWS_4:The level is set for all methods, below.
  rest_api_id          = aws_api_gateway_rest_api.api.id
  deployment_id        = aws_api_gateway_deployment.api.id
  stage_name           = "live"
  xray_tracing_enabled = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.each["access"].arn
    format = jsonencode({
      time              = "$context.requestTimeEpoch"
      requestId         = "$context.requestId"
      ip                = "$context.identity.sourceIp"
      caller            = "$context.authorizer.principalId"
      method            = "$context.httpMethod"
      path              = "$context.path"
      status            = "$context.status"
      authorizerStatus  = "$context.authorizer.status"
      authorizerLatency = "$context.authorizer.latency"
      authorizerError   = "$context.authorizer.error"
      error             = "$context.error.responseType"
      certificate       = "$context.identity.clientCert.serialNumber"
      issuer            = "$context.identity.clientCert.issuerDN"
      userAgent         = "$context.identity.userAgent"
    })
  }
}

resource "aws_api_gateway_method_settings" "limits" {
  # checkov:skip=CKV_AWS_225:Responses differ by caller; nothing of them is kept at the stage.
  # checkov:skip=CKV_AWS_308:Nothing is kept, so nothing is to be encrypted.
  # A path has ~1 for every slash, the first one too: the gateway takes "orders/POST" and limits nothing by it.
  for_each    = { "*/*" = 100, "~1devices~1{device}~1readings/POST" = 20 }
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = each.key
  settings {
    throttling_rate_limit  = each.value
    throttling_burst_limit = 2 * each.value
    metrics_enabled        = true
    logging_level          = "ERROR"
  }
}

resource "aws_wafv2_web_acl_association" "firewall" {
  count        = var.web_acl == "" ? 0 : 1
  resource_arn = aws_api_gateway_stage.live.arn
  web_acl_arn  = var.web_acl
}

output "domain" {
  value = "https://${aws_api_gateway_domain_name.only.domain_name}"
}

output "url" {
  description = "The default endpoint, which is off. Call it to see that it is"
  value       = aws_api_gateway_stage.live.invoke_url
}

output "dns_target" {
  value = aws_api_gateway_domain_name.only.regional_domain_name
}
